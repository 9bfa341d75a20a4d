/** `orbit sync` between places on Stars: a job of their Nucleus. */
import { resolve } from "node:path/posix";
import type { JobRequest, JobShape, PlaceShape } from "#core/grid_api/mod.ts";
import {
  exitCodeOf,
  type GridDoor,
  initialGridJobsSettings,
  parsePlace,
  syncEnds,
  watchJob,
} from "#core/grid_commands/mod.ts";
import { escapeName } from "#core/names.ts";
import type { Option } from "#core/program/arguments/option.ts";
import { expectPositionals, parseLine, usage } from "#core/program/arguments/parse.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import { runForeground } from "#core/program/foreground.ts";
import { commandHelp } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import { printText } from "#core/program/output/print.ts";
import type { SyncOptions } from "#core/sync/options.ts";
import { rsyncRefusals } from "../arguments/rsync.ts";
import { readListFile, realPath } from "../files.ts";
import { completeOptions } from "../sync/arguments.ts";
import { refuseConflicts } from "../sync/conflicts.ts";
import { syncDescription } from "../sync/description.ts";
import { syncOptions } from "../sync/options.ts";
import { superviseSync } from "../sync/supervise.ts";
import { planOnGrid } from "./plan.ts";
import { initialSettings, type SyncSettings } from "../sync/settings.ts";

/** What only a sync on a grid knows, beside the options of every sync. */
interface GridSettings extends SyncSettings {
  relay: boolean;
  detach: boolean;
}

const own: readonly Option<GridSettings>[] = [
  {
    name: "relay",
    group: "On a grid",
    help: "content may pass through the Nucleus when the Stars can't reach each other",
    apply: (settings) => settings.relay = true,
  },
  {
    name: "detach",
    group: "On a grid",
    help: "say the job's id and leave; the job goes on",
    apply: (settings) => settings.detach = true,
  },
];

/** Runs `orbit sync ARGS…` whose places are on Stars, and returns the exit status. */
export async function gridSyncCommand(
  args: readonly string[],
  host: Host,
  door: GridDoor,
): Promise<ExitCode> {
  const settings: GridSettings = { ...initialSettings(), relay: false, detach: false };
  const options = [...syncOptions, ...own, ...door.options] as Option<GridSettings>[];
  const { positionals, help } = parseLine(args, options, settings, rsyncRefusals);
  if (help) {
    printText(host, commandHelp({ ...syncDescription, options: options as Option<never>[] }));
    return ExitCode.ok;
  }
  expectPositionals(positionals, { least: 2, most: 2, form: "STAR:/SRC STAR:/DST" });
  const body = toRequest(positionals, settings, host);
  if (settings.options.dryRun && !settings.detach) {
    const { options, output } = settings;
    return await superviseSync(
      { options },
      { output, watch: false },
      host,
      planOnGrid(door, host, body),
    );
  }
  return await runForeground(host, async ({ signal, onClosed }) => {
    await using session = await door.open(host, signal);
    const { api } = session;
    const { job } = await api.json<{ job: JobShape }>("/jobs", { method: "POST", body, signal });
    if (settings.detach) {
      printText(host, `${job.id}\n`);
      return ExitCode.ok;
    }
    const { json } = settings.output;
    const follow = { ...initialGridJobsSettings(), json };
    const invocation = { api, args: [], settings: follow, host, signal, onClosed };
    return exitCodeOf(await watchJob(invocation, job.id));
  });
}

function toRequest(
  places: readonly string[],
  settings: GridSettings,
  host: Host,
): JobRequest {
  if (settings.filesFrom !== undefined && !settings.recursionAsked) {
    settings.options.recursive = false;
  }
  refuseConflicts(settings, 1);
  refuseLocalOnly(settings);
  const options = completeOptions(settings, {
    cwd: host.cwd(),
    isRoot: true, // what may be given away is for the destination's Star to say
    realPath,
    readFile: (path) => readListFile(path, host),
  });
  const { filter, oneFileSystem, linkDest, inplace: _, ...rest } = options;
  const ends = syncEnds(places.map(placeOnGrid));
  return {
    kind: "sync",
    ...ends,
    filter: filter.map(({ kind, pattern }) => `${kind === "include" ? "+" : "-"} ${pattern}`),
    oneFileSystem,
    options: defined({
      ...rest,
      linkDest: linkDest.length === 0
        ? undefined
        : linkDest.map((path) => resolve(ends.destination!.path, path)),
    }),
    relay: settings.relay,
  };
}

/** A path without a Star would be this machine's, which the grid doesn't see. */
function placeOnGrid(text: string): PlaceShape {
  if (!text.startsWith("/")) return parsePlace(text);
  throw usage(
    `"${
      escapeName(text)
    }": is on this machine, which is no part of the grid; name STAR:/PATH, or ` +
      "nucleus:/PATH for the Nucleus's own disks",
  );
}

function defined(options: Partial<SyncOptions>): Partial<SyncOptions> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** What has no meaning for a job elsewhere is refused by name. */
function refuseLocalOnly({ options, output, manifest, watch, explain, jobs }: SyncSettings) {
  const shown: [string, boolean][] = [
    ["--itemize-changes", output.itemize],
    ["--stats", output.stats],
  ];
  const unshown = shown.find(([, isAsked]) => isAsked && !options.dryRun);
  if (unshown !== undefined) throw usage(`${unshown[0]}: between Stars only with --dry-run yet`);
  const asked: [string, boolean][] = [
    ["--inplace", options.inplace],
    ["--manifest", manifest !== undefined],
    ["--watch", watch],
    ["--explain", explain !== undefined],
    ["--jobs", jobs !== undefined],
  ];
  const refused = asked.find(([, isAsked]) => isAsked);
  if (refused !== undefined) throw usage(`${refused[0]}: not between Stars yet`);
}
