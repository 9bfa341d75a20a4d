/** From the arguments of `orbit sync` to a complete order. */
import { parseNameList } from "#core/sync/filter/mod.ts";
import type { SourcePath, SyncOptions, SyncRequest } from "#core/sync/options.ts";
import { expectPositionals, parseLine, usage } from "#core/program/arguments/parse.ts";
import { type PathContext, refuseRemote, resolvePath } from "../arguments/paths.ts";
import { type ListReader, readList, readRules } from "../arguments/rules.ts";
import { rsyncRefusals, WHOLE } from "../arguments/rsync.ts";
import { refuseConflicts } from "./conflicts.ts";
import { syncOptions } from "./options.ts";
import { initialSettings, type SyncOutput, type SyncSettings } from "./settings.ts";

const ON_A_GRID = "on one machine nothing passes through a Nucleus; a grid's places are STAR:/PATH";

const refusals: ReadonlyMap<string, string> = new Map([
  ...rsyncRefusals,
  ["--relay", ON_A_GRID],
  ["--detach", ON_A_GRID],
]);

/** What parsing needs to know of the world. */
export interface SyncArgumentContext extends PathContext, ListReader {
  /** Whether owners can be given away and devices made. */
  isRoot: boolean;
}

/** Everything that a command line of `orbit sync` asks for. */
export interface SyncArguments {
  request: SyncRequest;
  output: SyncOutput;
  /** Files worked on at a time. */
  jobs?: number;
  /** Absolute path to write hashes to. */
  manifest?: string;
  watch: boolean;
  /** Path relative to the source, without leading or trailing slashes; "" is the source itself. */
  explain?: string;
  /** What was asked for by name and has no effect, a line each. */
  remarks: string[];
}

/**
 * Parses the arguments of `orbit sync`, or returns "help" when help is asked for.
 *
 * @throws OrbitError `invalid` for a mistake in the command line or in a rule file; `not_found`
 *   for a file of rules or names that can't be read.
 */
export function parseSyncArguments(
  args: readonly string[],
  context: SyncArgumentContext,
): SyncArguments | "help" {
  if (args.length === 1 && args[0] === "-h") return "help";
  const settings = initialSettings();
  const { positionals, help } = parseLine(args, syncOptions, settings, refusals);
  if (help) return "help";
  expectPositionals(positionals, { least: 2, most: Infinity, form: "SRC… DST" });
  positionals.forEach(refuseRemote);
  if (settings.filesFrom !== undefined && !settings.recursionAsked) {
    settings.options.recursive = false;
  }
  if (settings.deltaAsked) throw usage(`--no-whole-file: not supported: ${WHOLE}`);
  refuseConflicts(settings, positionals.length - 1);
  const { output, jobs, watch } = settings;
  return {
    request: {
      ...resolveEnds(positionals, context),
      options: completeOptions(settings, context),
    },
    output,
    jobs,
    watch,
    ...completePaths(settings, context),
    remarks: remarksOn(settings, context),
  };
}

function resolveEnds(
  positionals: readonly string[],
  context: PathContext,
): Pick<SyncRequest, "sources" | "destination" | "destinationIsDirectory"> {
  const sources: SourcePath[] = positionals.slice(0, -1).map((source) =>
    resolvePath(source, context)
  );
  const { path, contents } = resolvePath(positionals.at(-1)!, context);
  return { sources, destination: path, destinationIsDirectory: contents };
}

/** The options in full, with the rules and names that are read from files. */
export function completeOptions(settings: SyncSettings, context: SyncArgumentContext): SyncOptions {
  const { options } = settings;
  const { owner, devices } = options.preserve;
  return {
    ...options,
    preserve: {
      ...options.preserve,
      owner: owner && context.isRoot,
      devices: devices && context.isRoot,
    },
    compare: settings.checksum ? "checksum" : settings.sizeOnly ? "size" : "size-and-time",
    filter: readRules(settings.rules, settings.nulSeparated, context),
    files: readNames(settings, context),
    removeSource: removalOf(settings),
    backup: backupOf(settings),
    partial: settings.partial ? { directory: settings.partialDirectory } : undefined,
    dryRun: options.dryRun || settings.explain !== undefined,
  };
}

/** The paths of options, as they are meant. */
export function completePaths(
  { manifest, explain }: SyncSettings,
  context: PathContext,
): Pick<SyncArguments, "manifest" | "explain"> {
  return {
    manifest: manifest === undefined ? undefined : resolvePath(manifest, context).path,
    explain: explain === undefined ? undefined : explainedPath(explain),
  };
}

function removalOf(settings: SyncSettings): SyncOptions["removeSource"] {
  if (!settings.removeSourceFiles) return undefined;
  return settings.deleteEmptySourceDirectories ? "all" : "files";
}

function backupOf(settings: SyncSettings): SyncOptions["backup"] {
  if (!settings.backup) return undefined;
  const { backupDirectory: directory } = settings;
  return { directory, suffix: settings.suffix ?? (directory === undefined ? "~" : "") };
}

function readNames(settings: SyncSettings, context: SyncArgumentContext): string[] | undefined {
  const { filesFrom, nulSeparated } = settings;
  if (filesFrom === undefined) return undefined;
  const list = parseNameList(readList(filesFrom, context), { nul: nulSeparated, name: filesFrom });
  return list.entries.map(({ path, withContents }) =>
    path === "" ? "." : withContents ? `${path}/` : path
  );
}

function explainedPath(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw usage("--explain: needs a path within SRC, without ..");
  return parts.join("/");
}

function remarksOn(settings: SyncSettings, { isRoot }: SyncArgumentContext): string[] {
  const { preserve } = settings.options;
  const remarks: string[] = [];
  if (settings.wholeFileAsked) {
    remarks.push("--whole-file: is how local copies always work, so it changes nothing");
  }
  if (!isRoot && settings.ownerAsked && preserve.owner) {
    remarks.push("--owner: only root can give files away, so owners are left alone");
  }
  if (!isRoot && settings.devicesAsked && preserve.devices) {
    remarks.push("--devices: only root can make device nodes, so they are left out");
  }
  return remarks;
}
