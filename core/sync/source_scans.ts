/** Reading the sources, which may begin before anything else of a run does. */
import type { OrbitSystem } from "#core/system/system.ts";
import { attributeSelection, type SyncOptions } from "./options.ts";
import { PartReader } from "./feed.ts";
import type { PlanSource } from "./plan_state.ts";
import { renamed } from "./renamed_batch.ts";

/** What is scanned, and how. */
interface Scanned {
  sources: readonly PlanSource[];
  options: SyncOptions;
}

/** Scans that are on their way. */
export interface BegunScans {
  /** One for each source, for one reader. */
  readers: PartReader[];
  /** Whoever waits for them gets this instead. */
  abort(reason: unknown): void;
}

/**
 * Begins to scan, so that a worker is busy with it while the rest of a run is prepared. Nothing but
 * the first batches is read before somebody takes them.
 */
export function beginScans(scanned: Scanned, system: OrbitSystem): BegunScans {
  const over = new AbortController();
  const readers = readSources(scanned, system, over.signal);
  return { readers, abort: (reason) => over.abort(reason) };
}

/** A reader for each source, begun. */
export function readSources(
  { sources, options }: Scanned,
  system: OrbitSystem,
  signal: AbortSignal | undefined,
): PartReader[] {
  const common = {
    filter: options.filter,
    oneFileSystem: options.oneFileSystem,
    followLinks: options.followLinks,
    attributes: attributeSelection(options),
  };
  const leavesRootsOut = skipsRoots({ sources, options });
  const scanAll = async function* ({ base, scans, isRoot, rename }: PlanSource) {
    for (const scan of isRoot && leavesRootsOut ? [] : scans) {
      const request = { base, ...common, ...scan };
      for await (const batch of system.scanTree(request, { signal })) {
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
