/** `tokens`: what lets Stars in, and programs and people. */
import {
  type ApiTokenShape,
  type CreatedToken,
  GRID_SCHEMA,
  type JoinTokenShape,
  segment,
} from "#core/grid_api/mod.ts";
import { toShownJson } from "#core/names.ts";
import { usage } from "#core/program/arguments/parse.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import type { CommandDescription } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import { printText, warn } from "#core/program/output/print.ts";
import type { GridDoor } from "./door.ts";
import { allPages, gather, type Invocation, print, runGridCommand, type Verb } from "./run.ts";
import { tokensOptions, type TokensSettings } from "./tokens_options.ts";
import {
  apiTokenTable,
  describeApiToken,
  describeJoinToken,
  joinTokenTable,
} from "./token_text.ts";

/** The Nucleus gives none for longer. */
const JOIN_TOKEN_MOST_MS = 3_600_000;

/** What `tokens` says about itself. */
export function describeTokens(door: GridDoor): CommandDescription {
  const { program, words: { tokens: name } } = door;
  const line = `${program} ${name}`;
  return {
    ...{ program, name, summary: "make, list and revoke join tokens and API tokens" },
    forms: ["[list] [--api] [--all]", "create [OPTION]…", "revoke [--api] ID…"],
    about: [
      "A join token lets one Star in, once, and within an hour at most. An API token (--api) is " +
      "what a program or a person shows to the Nucleus, until it is revoked or over.",
      "A token's text is printed once, alone on standard output; the Nucleus keeps nothing that " +
      "it could be made of again.",
    ],
    options: tokensOptions(door),
    examples: [
      {
        does: "Let a machine join, as nas-1, active at once",
        line: `${line} create --name=nas-1 --approved`,
      },
      {
        does: "Let it serve one folder only",
        line: `${line} create --name=nas-1 --root=/mnt/data > token`,
      },
      {
        does: "Let a program look for a day",
        line: `${line} create --api --role=viewer --name=ci --lifetime=24h`,
      },
    ],
    completes: "none",
    verbs: Object.keys(VERBS),
  };
}

/** Runs `tokens ARGS…`. */
export function tokensCommand(
  args: readonly string[],
  host: Host,
  door: GridDoor,
): Promise<ExitCode> {
  const initial: TokensSettings = {
    ...{ json: false, api: false, all: false, approved: false },
    ...{ constellations: [], roots: [], pathPrefixes: [] },
  };
  const options = tokensOptions(door);
  return runGridCommand(
    { description: describeTokens(door), options, initial, verbs: VERBS },
    args,
    host,
    door,
  );
}

type Tokens = Invocation<TokensSettings>;

async function list(invocation: Tokens): Promise<ExitCode> {
  const { api, settings, signal } = invocation;
  if (settings.api) {
    const pages = allPages(
      (after: string | undefined) =>
        api.json<{ tokens: ApiTokenShape[]; next?: string }>("/api-tokens", {
          query: { after, limit: 1000 },
          signal,
        }),
      "tokens",
    );
    const tokens = (await gather(pages)).filter(({ state }) => settings.all || state === "good");
    print(invocation, "api_token", tokens, apiTokenTable);
    return ExitCode.ok;
  }
  const query = { state: settings.all ? undefined : "open", limit: 1000 };
  const { tokens } = await api.json<{ tokens: JoinTokenShape[] }>("/tokens", { query, signal });
  print(invocation, "token", tokens, joinTokenTable);
  return ExitCode.ok;
}

async function create(invocation: Tokens): Promise<ExitCode> {
  const { api, settings, signal } = invocation;
  if (settings.api) {
    const body = apiTokenRequest(settings);
    const ask = { method: "POST" as const, body, signal };
    const made = await api.json<CreatedToken<ApiTokenShape>>("/api-tokens", ask);
    showCreated(invocation, "api_token", made, describeApiToken(made.token));
    return ExitCode.ok;
  }
  const body = joinTokenRequest(settings);
  const ask = { method: "POST" as const, body, signal };
  const made = await api.json<CreatedToken<JoinTokenShape>>("/tokens", ask);
  showCreated(invocation, "token", made, describeJoinToken(made.token));
  return ExitCode.ok;
}

/** The text alone on standard output, for a pipe or a file; what it is for on standard error. */
function showCreated<T extends object>(
  { host, settings }: Tokens,
  type: string,
  { token, text }: CreatedToken<T>,
  about: string,
): void {
  if (settings.json) {
    const record = { schema: GRID_SCHEMA, type, seq: 0, ...token, text };
    return printText(host, toShownJson(record) + "\n");
  }
  printText(host, text + "\n");
  warn(host, about);
}

async function revoke(invocation: Tokens): Promise<ExitCode> {
  const { api, args, settings, signal } = invocation;
  for (const id of args) {
    const path = `/${settings.api ? "api-tokens" : "tokens"}/${segment(id)}`;
    const ask = { method: "DELETE" as const, signal };
    const { token } = await api.json<{ token: { id: string } }>(path, ask);
    const type = settings.api ? "api_token" : "token";
    print(invocation, type, [token], ([{ id }]) => [`${id}: revoked`]);
  }
  return ExitCode.ok;
}

function joinTokenRequest(settings: TokensSettings) {
  const { name, roots, approved, lifetimeMs, constellations } = settings;
  return { name, roots, approved, lifetimeMs, constellation: constellations[0] };
}

function apiTokenRequest(settings: TokensSettings) {
  const { name, role, lifetimeMs, constellations, pathPrefixes } = settings;
  return {
    ...{ name, role, lifetimeMs },
    constellations: constellations.length === 0 ? undefined : constellations,
    pathPrefixes: pathPrefixes.length === 0 ? undefined : pathPrefixes,
  };
}

/** An option that would be ignored is a mistake. */
function checkCreate(_args: readonly string[], settings: TokensSettings): void {
  const { api, name, role, constellations, roots, pathPrefixes, approved, lifetimeMs } = settings;
  const only = (is: boolean, option: string, kind: string) => {
    if (is) throw usage(`${option}: is for ${kind} tokens`);
  };
  if (!api && lifetimeMs !== undefined && lifetimeMs > JOIN_TOKEN_MOST_MS) {
    throw usage("--lifetime: a join token is good for an hour at most");
  }
  if (api) {
    if (name === undefined) throw usage("--name: is needed: what the API token is called");
    if (role === undefined) throw usage("--role: is needed: viewer, operator or admin");
    only(roots.length > 0, "--root", "join");
    only(approved, "--approved", "join");
  } else {
    only(role !== undefined, "--role", "API");
    only(pathPrefixes.length > 0, "--path-prefix", "API");
    if (constellations.length > 1) throw usage("--constellation: a Star is in one only");
  }
}

const VERBS: Record<string, Verb<TokensSettings>> = {
  list: { least: 0, most: 0, form: "", run: list },
  create: { least: 0, most: 0, form: "", check: checkCreate, run: create },
  revoke: { least: 1, most: 1000, form: "ID…", run: revoke },
};
