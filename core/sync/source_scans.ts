/** Reading the sources, which may begin before anything else of a run does. */
import { OrbitError } from "#core/errors.ts";
import type { ScanBatch } from "#core/system/scan_batch.ts";
import type { OrbitSystem, ScanRequest } from "#core/system/system.ts";
import { PartReader } from "./feed.ts";
import { attributeSelection, type SyncOptions } from "./options.ts";
import type { PlanSource } from "./plan_state.ts";
import { renamed } from "./renamed_batch.ts";

/** What is scanned, and how. */
interface Scanned {
  sources: readonly PlanSource[];
  options: SyncOptions;
}

/** Where the sources go, as far as it is known before anything else. */
interface Destination {
  base: string;
  baseIsNew: boolean;
  targetIsEmpty?: boolean;
}

/** A scan that is on its way. Whoever never takes it ends it with its system. */
export interface BegunScans {
  /** One for each source, for one reader. */
  readers: PartReader[];
  /** Whoever waits for them gets this instead. */
  abort(reason: unknown): void;
}

/**
 * Begins to scan, so that a worker is busy with it while the rest of a run is prepared. It goes on
 * some batches ahead of who takes them, as any scan does.
 *
 * @param everyFile The run is told of every file (`PlanInput.onFile`), those that the destination
 *   has alike included.
 * @returns Undefined for several sources: all would be scanned by the one worker that there is.
 */
export function beginScans(
  scanned: Scanned & Destination,
  system: OrbitSystem,
  { everyFile }: { everyFile: boolean },
): BegunScans | undefined {
  if (scanned.sources.length > 1) return undefined;
  const over = new AbortController(), { signal } = over;
  const { permissions, owner, group } = scanned.options.preserve;
  const unlike = { base: scanned.base, permissions, owner, group };
  const hints = !everyFile && wantsUnlikeOnly(scanned) ? { wide: true, unlike } : {};
  const scan = (request: ScanRequest) => scanTwice({ ...request, ...hints }, system, signal);
  return { readers: openReaders(scanned, scan), abort: (reason) => over.abort(reason) };
}

/** Whether files that the destination has alike, if it may have any, need only be counted. */
function wantsUnlikeOnly(
  { sources, options, baseIsNew, targetIsEmpty = false }: Scanned & Destination,
): boolean {
  const { preserve } = options;
  const seesAll = options.compare === "checksum" || options.verify === "all" ||
    options.ignoreExisting || options.delete || options.removeSource !== undefined ||
    options.files !== undefined || options.linkDest.length > 0 ||
    options.maxSize !== undefined || options.minSize !== undefined ||
    preserve.hardLinks || preserve.attributes || preserve.acls;
  // Their rows are of paths that the destination has under other names, or of what links lead to.
  const isElsewhere = sources.some(({ rename }) => rename !== undefined) || options.followLinks;
  return !baseIsNew && !targetIsEmpty && !seesAll && !isElsewhere && options.recursive;
}

/** Scans once more when the worker that began it has died before it gave anything. */
async function* scanTwice(
  request: ScanRequest,
  system: OrbitSystem,
  signal: AbortSignal,
): AsyncGenerator<ScanBatch> {
  let hasBegun = false;
  try {
    for await (const batch of system.scanTree(request, { signal })) {
      hasBegun = true;
      yield batch;
    }
  } catch (error) {
    const isRetryable = error instanceof OrbitError && error.detail.retryable === true;
    if (hasBegun || signal.aborted || !isRetryable) throw error;
    yield* system.scanTree(request, { signal });
  }
}

/**
 * A reader for each source, begun.
 *
 * @param attributes Which extended attributes the rows have; those that the options keep unless
 *   given.
 */
export function readSources(
  scanned: Scanned,
  system: OrbitSystem,
  signal: AbortSignal | undefined,
  attributes = attributeSelection(scanned.options),
): PartReader[] {
  return openReaders(scanned, (request) => system.scanTree(request, { signal }), attributes);
}

function openReaders(
  { sources, options }: Scanned,
  scan: (request: ScanRequest) => AsyncIterable<ScanBatch>,
  attributes = attributeSelection(options),
): PartReader[] {
  const { filter, oneFileSystem, followLinks } = options;
  const common = { filter, oneFileSystem, followLinks, attributes };
  const leavesRootsOut = skipsRoots({ sources, options });
  const scanAll = async function* ({ base, scans, isRoot, rename }: PlanSource) {
    for (const one of isRoot && leavesRootsOut ? [] : scans) {
      for await (const batch of scan({ base, ...common, ...one })) {
        yield rename === undefined ? batch : renamed(batch, rename.to);
      }
    }
  };
  return sources.map((source) => new PartReader(scanAll(source)).start());
}

/** Without recursion `SRC/` is a directory like any other: it is left out. */
export function skipsRoots({ sources, options }: Scanned): boolean {
  return !options.recursive && options.files === undefined && sources.some((s) => s.isRoot);
}
