/** `stars`: the machines of a grid. */
import { segment, type StarShape, type StarStatusWord } from "#core/grid_api/mod.ts";
import type { Option } from "#core/program/arguments/option.ts";
import { parseChoice, parseText } from "#core/program/arguments/values.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import type { CommandDescription } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import type { GridDoor } from "./door.ts";
import {
  allPages,
  commonOptions,
  type CommonSettings,
  gather,
  type Invocation,
  print,
  runGridCommand,
  type Verb,
} from "./run.ts";
import { starDetails, starTable } from "./star_text.ts";

interface StarsSettings extends CommonSettings {
  status?: StarStatusWord;
  constellation?: string;
}

const STATUSES: readonly StarStatusWord[] = ["pending", "online", "offline", "draining", "revoked"];

function starsOptions(door: GridDoor): Option<StarsSettings>[] {
  const group = "Options";
  return [
    {
      name: "status",
      value: "STATUS",
      group,
      completes: STATUSES,
      help: `list: only Stars of it: ${STATUSES.join(", ")}`,
      apply: (settings, value) => settings.status = parseChoice("--status", value, STATUSES),
    },
    {
      name: "constellation",
      value: "NAME",
      group,
      completes: "none",
      help: "list: only Stars of this constellation",
      apply: (settings, value) => settings.constellation = parseText("--constellation", value),
    },
    ...commonOptions<StarsSettings>(door),
  ];
}

/** What `stars` says about itself. */
export function describeStars(door: GridDoor): CommandDescription {
  const { program, words: { stars: name } } = door;
  const line = `${program} ${name}`;
  return {
    ...{ program, name, summary: "list, approve, revoke and rename Stars" },
    forms: [
      "[list] [--status=STATUS] [--constellation=NAME]",
      "show STAR…",
      "approve|drain|resume|revoke|remove STAR…",
      "rename STAR NAME",
    ],
    about: [
      "A Star is named by its name or its id. One that joined without a token that pre-approves " +
      "is pending until it is approved. A draining Star ends what it does and is given nothing " +
      "new. Revoking is for good and cuts it off within seconds; a revoked Star can be removed.",
    ],
    options: starsOptions(door),
    examples: [
      { does: "Who is there", line },
      { does: "Let a new one in", line: `${line} approve nas-1` },
      { does: "Shut one out for good", line: `${line} revoke nas-1` },
    ],
    completes: "none",
    verbs: Object.keys(VERBS),
  };
}

/** Runs `stars ARGS…`. */
export function starsCommand(
  args: readonly string[],
  host: Host,
  door: GridDoor,
): Promise<ExitCode> {
  const options = starsOptions(door);
  const spec = {
    description: describeStars(door),
    options,
    initial: { json: false },
    verbs: VERBS,
  };
  return runGridCommand<StarsSettings>(spec, args, host, door);
}

type Starry = Invocation<StarsSettings>;

async function list(invocation: Starry): Promise<ExitCode> {
  const { api, settings: { status, constellation }, signal } = invocation;
  const pages = allPages(
    (after: string | undefined) =>
      api.json<{ stars: StarShape[]; next?: string }>("/stars", {
        query: { status, constellation, after, limit: 1000 },
        signal,
      }),
    "stars",
  );
  print(invocation, "star", await gather(pages), starTable);
  return ExitCode.ok;
}

async function show(invocation: Starry): Promise<ExitCode> {
  const { api, args, signal } = invocation;
  const stars: StarShape[] = [];
  for (const arg of args) {
    stars.push((await api.json<{ star: StarShape }>(`/stars/${segment(arg)}`, { signal })).star);
  }
  print(invocation, "star", stars, (stars) => stars.flatMap(starDetails));
  return ExitCode.ok;
}

/** A decision on Stars, one after the other; the first refusal ends it. */
function decide(did: string, verb: "approve" | "revoke" | "drain" | "resume" | "remove"): Verb<
  StarsSettings
> {
  return {
    ...{ least: 1, most: 1000, form: "STAR…" },
    async run(invocation) {
      const { api, args, signal } = invocation;
      for (const arg of args) {
        const path = `/stars/${segment(arg)}`;
        const { star } = verb === "remove"
          ? await api.json<{ star: StarShape }>(path, { method: "DELETE", signal })
          : await api.json<{ star: StarShape }>(`${path}/${verb}`, { method: "POST", signal });
        print(invocation, "star", [star], ([{ name, status }]) => [
          verb === "approve" || verb === "resume"
            ? `${name}: ${did}; it is ${status}`
            : `${name}: ${did}`,
        ]);
      }
      return ExitCode.ok;
    },
  };
}

async function rename(invocation: Starry): Promise<ExitCode> {
  const { api, args: [from, name], signal } = invocation;
  const ask = { method: "POST" as const, body: { name }, signal };
  const { star } = await api.json<{ star: StarShape }>(`/stars/${segment(from)}/rename`, ask);
  print(invocation, "star", [star], ([star]) => [`${star.name}: renamed`]);
  return ExitCode.ok;
}

const VERBS: Record<string, Verb<StarsSettings>> = {
  list: { least: 0, most: 0, form: "", run: list },
  show: { least: 1, most: 1000, form: "STAR…", run: show },
  approve: decide("approved", "approve"),
  revoke: decide("revoked", "revoke"),
  drain: decide("draining", "drain"),
  resume: decide("takes jobs again", "resume"),
  rename: { least: 2, most: 2, form: "STAR NAME", run: rename },
  remove: decide("removed", "remove"),
};
