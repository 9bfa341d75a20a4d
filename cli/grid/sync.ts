/** `orbit sync` between places on Stars: a job of their Nucleus. */
import { resolve } from "node:path/posix";
import { GRID_SCHEMA, type JobRequest, type PlaceShape } from "#core/grid_api/mod.ts";
import { type GridDoor, parsePlace, syncEnds } from "#core/grid_commands/mod.ts";
import { escapeName, toShownJson } from "#core/names.ts";
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
import { completeOptions, completePaths, type SyncArgumentContext } from "../sync/arguments.ts";
import { refuseConflicts } from "../sync/conflicts.ts";
import { syncDescription } from "../sync/description.ts";
import { syncOptions } from "../sync/options.ts";
import { superviseSync } from "../sync/supervise.ts";
import { backupsOnGrid } from "./backups.ts";
import { planOnGrid } from "./plan.ts";
import { createJob, runOnGrid } from "./run.ts";
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
  const table = [...syncOptions, ...own, ...door.options] as Option<GridSettings>[];
  const { positionals, help } = parseLine(args, table, settings, rsyncRefusals);
  if (help) {
    printText(host, commandHelp({ ...syncDescription, options: table as Option<never>[] }));
    return ExitCode.ok;
  }
  expectPositionals(positionals, { least: 2, most: 2, form: "STAR:/SRC STAR:/DST" });
  const context: SyncArgumentContext = {
    cwd: host.cwd(),
    isRoot: true, // what may be given away is for the destination's Star to say
    realPath,
    readFile: (path) => readListFile(path, host),
  };
  const body = toRequest(positionals, settings, context);
  if (settings.detach) return await detach(body, settings, host, door);
  const { output } = settings, { manifest } = completePaths(settings, context);
  const options = { ...settings.options, dryRun: body.options!.dryRun! };
  if (options.dryRun) {
    const plan = planOnGrid(door, host, body);
    return await superviseSync({ options }, { output, watch: false }, host, plan);
  }
  const shown = { output, manifest, watch: false, stopping: "leaving the job to itself" };
  return await superviseSync({ options }, shown, host, runOnGrid(door, host, body));
}

/** Says what the job is, and leaves. */
async function detach(
  body: JobRequest,
  { output: { json } }: GridSettings,
  host: Host,
  door: GridDoor,
): Promise<ExitCode> {
  return await runForeground(host, async ({ signal }) => {
    await using session = await door.open(host, signal);
    const job = await createJob(session.api, body, signal);
    const line = json ? toShownJson({ schema: GRID_SCHEMA, type: "job", seq: 0, ...job }) : job.id;
    printText(host, `${line}\n`);
    return ExitCode.ok;
  });
}

function toRequest(
  places: readonly string[],
  settings: GridSettings,
  context: SyncArgumentContext,
): JobRequest {
  if (settings.filesFrom !== undefined && !settings.recursionAsked) {
    settings.options.recursive = false;
  }
  refuseConflicts(settings, 1);
  refuseLocalOnly(settings);
  refuseUnseen(settings);
  const options = completeOptions(settings, context);
  const { filter, oneFileSystem, linkDest, backup, inplace: _, ...rest } = options;
  const ends = syncEnds(places.map(placeOnGrid));
  return {
    kind: "sync",
    ...ends,
    filter: filter.map(({ kind, pattern }) => `${kind === "include" ? "+" : "-"} ${pattern}`),
    oneFileSystem,
    options: defined({
      ...rest,
      backup: backup && backupsOnGrid(backup, {
        path: ends.destination!.path,
        isDirectory: ends.contents || ends.destinationIsDirectory || rest.files !== undefined,
      }),
      linkDest: linkDest.length === 0
        ? undefined
        : linkDest.map((path) => resolve(ends.destination!.path, path)),
    }),
    relay: settings.relay,
    changes: (!options.dryRun && wantsChanges(settings)) || undefined,
    manifest: settings.manifest === undefined ? undefined : true,
    explain: completePaths(settings, context).explain,
  };
}

/** Whether what is shown names what was done. */
function wantsChanges({ output }: GridSettings): boolean {
  const { json, quiet, itemize, verbosity } = output;
  return json || (!quiet && (itemize || verbosity > 0));
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
function refuseLocalOnly({ options, watch, jobs }: SyncSettings) {
  const asked: [string, boolean][] = [
    ["--inplace", options.inplace],
    ["--watch", watch],
    ["--jobs", jobs !== undefined],
  ];
  const refused = asked.find(([, isAsked]) => isAsked);
  if (refused !== undefined) throw usage(`${refused[0]}: not between Stars yet`);
}

/** Who leaves is shown nothing, and given nothing. */
function refuseUnseen({ detach, output, manifest, explain }: GridSettings): void {
  const asked: [string, boolean][] = [
    ["--itemize-changes", output.itemize],
    ["--verbose", output.verbosity > 0],
    ["--stats", output.stats],
    ["--human-readable", output.humanReadable],
    ["--progress", output.progress === "on"],
    ["--quiet", output.quiet],
    ["--manifest", manifest !== undefined],
    ["--explain", explain !== undefined],
  ];
  const unseen = asked.find(([, isAsked]) => isAsked);
  if (detach && unseen) throw usage(`${unseen[0]}: not with --detach, which shows the job's id`);
}
