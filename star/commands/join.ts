/** `orbit-star join`. */
import { join as joinPath } from "node:path";
import { systemClock } from "#core/clock.ts";
import { attempt, exists } from "#core/deno_errors.ts";
import { formatAddress } from "#core/config/mod.ts";
import { OrbitError } from "#core/errors.ts";
import { readSecret, Secret, writePrivateFile } from "#core/identity/mod.ts";
import { escapeName } from "#core/names.ts";
import { expectPositionals, parseLine, usage } from "#core/program/arguments/parse.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import { runForeground } from "#core/program/foreground.ts";
import { commandHelp } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import { printText } from "#core/program/output/print.ts";
import { optionOf, shellLine } from "#core/program/output/shell.ts";
import { VERSION } from "#core/program/version.ts";
import { createPrivateFolder } from "#core/sqlite/files.ts";
import { formatCredentials } from "../credentials.ts";
import { type Joined, joinGrid } from "../join/join.ts";
import { defaultStateFolder, formatIdentity, StateFile } from "../state.ts";
import {
  initialJoinSettings,
  joinDescription,
  joinOptions,
  type JoinSettings,
} from "./join_description.ts";

/** Runs `orbit-star join ARGS…` and returns the exit status. */
export async function joinCommand(args: readonly string[], host: Host): Promise<ExitCode> {
  const settings = initialJoinSettings();
  const { positionals, help } = parseLine(args, joinOptions, settings);
  if (help) {
    printText(host, commandHelp(joinDescription));
    return ExitCode.ok;
  }
  expectPositionals(positionals, { most: 0, form: "options only" });
  const nucleus = settings.hub;
  if (nucleus === undefined) throw usage("--hub: is needed: where the Nucleus is");
  const folder = settings.state ?? defaultStateFolder(host);
  refuseSecondJoin(folder, settings);
  return await runForeground(host, async ({ signal }) => {
    const token = await readToken(settings, signal);
    const hostname = settings.name ?? Deno.hostname();
    const order = { token, nucleus, hostname, version: VERSION };
    // Before the token is spent: what can't be kept would be lost.
    createPrivateFolder(folder);
    const joined = await joinGrid(order, { clock: systemClock, signal });
    keep(folder, joined);
    printText(host, settings.json ? toJson(joined, folder) : toText(joined, folder, settings));
    return ExitCode.ok;
  });
}

function refuseSecondJoin(folder: string, { force }: JoinSettings): void {
  const path = joinPath(folder, StateFile.identity);
  if (force || !attempt("look for identity", path, () => exists(path))) return;
  throw new OrbitError(
    "conflict",
    `join: this machine is a Star already ("${escapeName(folder)}"); --force gives that ` +
      "identity up, and --state=DIR keeps a second one",
  );
}

async function readToken(settings: JoinSettings, signal: AbortSignal): Promise<Secret> {
  const { token, tokenFile } = settings;
  if (token !== undefined && tokenFile !== undefined) {
    throw usage("--token, --token-file: only one of them can be given");
  }
  if (token !== undefined) return new Secret(token);
  const isFile = tokenFile !== undefined && tokenFile !== "-";
  const { secret } = await readSecret({
    what: "join token",
    file: isFile ? tokenFile : undefined,
    stdin: isFile ? undefined : Deno.stdin.readable,
    signal,
  });
  return secret;
}

/** The identity goes first and comes last: while it is missing the machine hasn't joined. */
function keep(folder: string, { identity, credentials }: Joined): void {
  removeIfThere(joinPath(folder, StateFile.identity));
  const files: [name: string, text: string | Secret][] = [
    [StateFile.credentials, formatCredentials(credentials)],
    [StateFile.identity, formatIdentity(identity)],
  ];
  for (const [name, text] of files) writePrivateFile(joinPath(folder, name), text);
}

function removeIfThere(path: string): void {
  attempt("give up identity", path, () => {
    if (exists(path)) Deno.removeSync(path);
  });
}

function toText({ identity, approved }: Joined, folder: string, { state }: JoinSettings): string {
  const { name, constellation, nucleus, starId, roots } = identity;
  const isBound = roots.length > 0;
  const allow = isBound ? undefined : "--allow=DIR";
  const otherwise = isBound ? "" : " (or allowed_paths in star.toml)";
  const lines = [
    `joined the grid of ${formatAddress(nucleus)} as Star ${name} (constellation ${constellation})`,
    `  id     ${starId}`,
    `  state  ${escapeName(folder)}`,
    ...roots.map((root) => `  only   ${escapeName(root)}`),
    ...(approved
      ? []
      : [`pending: somebody has to approve it: orbit-nucleus star approve ${name}`]),
    `next: ${shellLine("orbit-star", "run", optionOf("state", state), allow)}${otherwise}`,
  ];
  return lines.join("\n") + "\n";
}

function toJson({ identity, approved }: Joined, folder: string): string {
  const { starId, name, constellation, nucleus, roots } = identity;
  const record = {
    ...{ schema: "orbit.join/1", starId, name, constellation, approved, roots },
    nucleus: formatAddress(nucleus),
    state: folder,
  };
  return JSON.stringify(record) + "\n";
}
