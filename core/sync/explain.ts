/** `--explain`: what would become of one path, and why. */
import type { ErrorData } from "#core/errors.ts";
import { baseName, joinPath, parentOf } from "#core/system/relative_path.ts";
import { type Entry, FileType } from "#core/system/scan_batch.ts";
import type { OrbitSystem } from "#core/system/system.ts";
import { compareTimes } from "./difference.ts";
import type {
  ActionKind,
  EntryFacts,
  Explanation,
  PlannedAction,
  SyncEvent,
  SyncReport,
} from "./events.ts";
import { compileFilter } from "./filter/mod.ts";
import type { SyncOptions } from "./options.ts";
import { conclude } from "./outcome.ts";
import type { PlanSource } from "./plan_state.ts";
import { Reporter } from "./reporter.ts";
import { dryRun, type PreparedSync, type SyncServices } from "./run_sync.ts";
import { anySignal, watchActivity } from "./watchdog.ts";

/**
 * Plans the whole sync, changes nothing, and reports on one path alone: emits an `explain` event
 * and, around it, what concerns the path. The report is `complete` unless planning
 * itself failed, or something that was asked for is missing.
 *
 * @param path Relative to the sources; "" is the source itself.
 */
export async function explainPath(
  sync: PreparedSync,
  services: SyncServices,
  path: string,
): Promise<SyncReport> {
  const { missing = [] } = sync, seen: Seen = { notes: [] };
  for (const { path, error } of missing) {
    services.observer({ type: "trouble", path, error, willRetry: false });
  }
  const found = await findBoth(sync, services, path);
  if ("outcome" in found) return found;
  const { place, there } = found;
  const observer = (event: SyncEvent) => {
    if (event.type === "start" || event.type === "progress") services.observer(event);
    else if (event.type === "end") {
      const explanation = explain(sync, place, there, seen);
      services.observer({ type: "explain", explanation });
      services.observer({ type: "end", report: ofThisPath(event.report, missing) });
    } else notice(seen, event, place.path);
  };
  return ofThisPath(await dryRun(sync, { ...services, observer }), missing);
}

/** The path on both sides; or the report of a run that ends here, because nothing is answered. */
async function findBoth(
  sync: PreparedSync,
  services: SyncServices,
  path: string,
): Promise<{ place: Place; there: Entry | undefined } | SyncReport> {
  const { clock, observer, destination } = services, startedAt = clock.elapsed();
  const reporter = new Reporter(observer, clock);
  using watchdog = watchActivity(reporter, clock, sync.options.timeoutMs);
  const signal = anySignal(services.signal, watchdog.signal);
  try {
    const onAnswer = () => void (reporter.lastActivity = clock.elapsed());
    const place = await findPlace(sync, { ...services, signal }, path, onAnswer);
    const there = sync.baseExists
      ? await lookUp(destination, sync.base, place.path, { followLinks: false, signal })
      : undefined;
    return { place, there };
  } catch (error) {
    services.signal?.throwIfAborted();
    if (!watchdog.signal.aborted) throw error;
    reporter.emit({ type: "start", resumed: false });
    return conclude(reporter, clock, startedAt, { outcome: "timeout" });
  }
}

/** What the plan said about the path. */
interface Seen {
  action?: PlannedAction;
  trouble?: ErrorData;
  notes: string[];
}

function notice(seen: Seen, event: SyncEvent, path: string): void {
  if (event.type === "plan" && isAbout(event.action, path)) seen.action = event.action;
  else if (event.type === "trouble" && event.path === path) seen.trouble = event.error;
  else if (event.type === "note") {
    const isOwn = event.message.includes(JSON.stringify(path));
    // Remarks on all deletions come at the end; others name their path.
    if (isOwn || (seen.action?.kind === "delete" && !event.message.startsWith("skipping "))) {
      seen.notes.push(event.message);
    }
  }
}

/** Of a rename both names count: neither is as it was afterwards. */
function isAbout(action: PlannedAction, path: string): boolean {
  return action.path === path || (action.kind === "rename" && action.target === path);
}

/** Other paths' troubles are not what was asked about, but for what is missing. */
function ofThisPath(report: SyncReport, missing: NonNullable<PreparedSync["missing"]>): SyncReport {
  if (!["complete", "partial", "delete-limit"].includes(report.outcome)) return report;
  const outcome = missing.length > 0 ? "partial" : "complete";
  return { ...report, outcome, troubles: [...missing] };
}

/** The path at the destination, and the first source that has it. */
interface Place {
  path: string;
  entry?: Entry;
}

async function findPlace(
  { sources, options }: PreparedSync,
  services: SyncServices,
  path: string,
  onAnswer: () => void,
): Promise<Place> {
  for (const source of sources) {
    const own = joinPath(ownName(source), path);
    const looking = { followLinks: options.followLinks, signal: services.signal };
    const entry = await lookUp(services.source, source.base, own, looking);
    onAnswer();
    if (entry !== undefined) return { path: joinPath(nameThere(source), path), entry };
  }
  return { path: joinPath(nameThere(sources[0]), path) };
}

/** The name of the source itself below its base: "" for `SRC/`. */
function ownName({ isRoot, rename, scans }: PlanSource): string {
  return isRoot ? "" : rename?.from ?? scans[0].names?.[0]?.[0] ?? "";
}

function nameThere(source: PlanSource): string {
  return source.rename?.to ?? ownName(source);
}

async function lookUp(
  system: OrbitSystem,
  base: string,
  path: string,
  { followLinks, signal }: { followLinks: boolean; signal?: AbortSignal },
): Promise<Entry | undefined> {
  if (path === "") return (await system.inspect(base, { signal })).entry;
  const directories = [parentOf(path)], names = [[baseName(path)]];
  const request = { base, directories, names, recursive: false, followLinks };
  for await (const batch of system.scanTree(request, { signal })) {
    for (const part of batch.data.parts) {
      if (part.from < part.to) return batch.entry(part.from, part.directory);
    }
  }
  return undefined;
}

function explain(
  { options, folder = "" }: PreparedSync,
  { path, entry }: Place,
  there: Entry | undefined,
  seen: Seen,
): Explanation {
  const known = entry ?? there;
  const isDirectory = known !== undefined && typeOf(known) === FileType.directory;
  const filter = compileFilter(options.filter).explain(path, isDirectory);
  const conclusion = seen.trouble?.message ?? plannedFor(seen) ??
    (filter.verdict === "exclude" ? leftOut(there) : undefined) ??
    seen.notes[0] ?? restingReason(options, entry, there);
  return {
    path: joinPath(folder, path),
    filter,
    source: entry && factsOf(entry),
    destination: there && factsOf(there),
    action: seen.action,
    conclusion,
  };
}

const WOULD: Record<ActionKind, string> = {
  copy: "would be copied",
  directory: "would be made",
  link: "would be made",
  special: "would be made",
  rename: "would be renamed",
  hardlink: "would be linked",
  attributes: "would get the source's metadata",
  remove: "would be removed from the source",
  delete: "would be deleted",
  skip: "would be left alone",
};

function plannedFor({ action, notes }: Seen): string | undefined {
  if (action === undefined) return undefined;
  const but = action.kind === "delete" && notes.length > 0 ? `; but ${notes.join("; ")}` : "";
  return `${WOULD[action.kind]}: ${action.reason}${but}`;
}

function leftOut(there: Entry | undefined): string {
  return there === undefined
    ? "left out by the filter"
    : "left out by the filter, which also protects it at the destination";
}

/** Why nothing happens to a path that no filter leaves out. */
function restingReason(
  options: SyncOptions,
  here: Entry | undefined,
  there: Entry | undefined,
): string {
  if (here === undefined) {
    if (there === undefined) return "is on neither side";
    return options.delete
      ? "not in the source, but protected at the destination"
      : "not in the source; kept, as --delete isn't given";
  }
  if (there === undefined) {
    if (options.existing) return "not at the destination, and --existing makes nothing new";
  } else if (options.ignoreExisting && typeOf(here) !== FileType.directory) {
    return "at the destination already, which is enough for --ignore-existing";
  }
  if (typeOf(here) === FileType.file) {
    if (here.size > (options.maxSize ?? Infinity)) return "larger than --max-size";
    if (here.size < (options.minSize ?? 0)) return "smaller than --min-size";
    if (options.update && there !== undefined && compareTimes(there, here) > 0) {
      return "newer at the destination (--update)";
    }
  }
  if (options.files !== undefined && there === undefined) return "not listed by --files-from";
  return there === undefined
    ? "nothing is planned for it: a directory above it is left out"
    : "nothing to do: both sides are alike in all that is compared";
}

function typeOf(entry: Entry): number {
  return entry.mode & FileType.mask;
}

const KINDS: Record<number, EntryFacts["kind"]> = {
  [FileType.file]: "file",
  [FileType.directory]: "directory",
  [FileType.link]: "link",
};

function factsOf(entry: Entry): EntryFacts {
  const { mode, size, uid, gid, mtime, mtimeNs, link } = entry;
  const kind = KINDS[typeOf(entry)] ?? "special";
  return { kind, permissions: mode & 0o7777, size, uid, gid, mtime, mtimeNs, target: link };
}
