/** `--watch`: stays after the first run, and syncs again whenever a source changes. */
import { type Clock, systemClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import type { SyncReport, SyncRequest } from "#core/sync/mod.ts";
import { ChangeGate } from "./change_gate.ts";
import type { SyncRunOptions } from "./run.ts";

/** Changes can be missed (network file systems, lost events), so all is looked at now and then. */
const RESCAN_MS = 10 * 60_000;

/** The same, when the system can't tell of changes at all. */
const RESCAN_UNWATCHED_MS = 30_000;

/** How the system tells of changes below a path. */
export type OpenWatcher = (
  path: string,
  options: { recursive: boolean },
) => AsyncIterable<{ kind: string; paths: string[] }> & { close(): void };

/** What watching works with; replaced in tests. */
export interface WatchServices {
  clock: Clock;
  openWatcher: OpenWatcher;
}

/**
 * Syncs, and again after each change, until the signal aborts. A change between two runs, or
 * during one, leads to another. When it is interrupted while it waits, the last run's report is
 * what came of it.
 *
 * @param run Runs the request once.
 * @param ignored Absolute paths below which changes are Orbit's own.
 * @throws What the first run throws; later runs that fail are noted and tried again.
 */
export async function watchSync(
  request: SyncRequest,
  options: SyncRunOptions,
  run: (options: SyncRunOptions) => Promise<SyncReport>,
  ignored: readonly string[],
  { clock, openWatcher }: WatchServices = { clock: systemClock, openWatcher: Deno.watchFs },
): Promise<SyncReport> {
  const { signal, observer } = options;
  const gate = new ChangeGate(clock);
  const note = (message: string) => observer({ type: "note", message });
  // Watching begins before the first run, so that no change falls between the two.
  using watch = watchSources(request, ignored, openWatcher, () => gate.note(), note);
  // A signal for each run: what a run hangs on it goes with the run.
  const runOnce = (more: Partial<SyncRunOptions>) =>
    run({ ...options, ...more, signal: AbortSignal.any([signal]) });
  let report = await runOnce({});
  note(`watching ${request.sources.length === 1 ? "the source" : "the sources"} for changes`);
  while (!signal.aborted) {
    try {
      await gate.wait(watch.isWhole ? RESCAN_MS : RESCAN_UNWATCHED_MS, signal);
    } catch (error) {
      if (signal.aborted) break;
      throw error;
    }
    try {
      report = await runOnce({ resume: undefined });
    } catch (error) {
      if (signal.aborted || !(error instanceof OrbitError)) throw error;
      note(`${error.message}; trying again after the next change`);
    }
  }
  return report;
}

/** Watches every source; says so when one can't be. */
function watchSources(
  { sources, options }: SyncRequest,
  ignored: readonly string[],
  openWatcher: OpenWatcher,
  onChange: () => void,
  note: (message: string) => void,
): { readonly isWhole: boolean } & Disposable {
  const watchers: { close(): void }[] = [];
  let isWhole = true;
  const giveUp = (path: string, error: unknown) => {
    isWhole = false;
    const reason = error instanceof Error ? error.message : String(error);
    const seconds = RESCAN_UNWATCHED_MS / 1000;
    note(`watch ${JSON.stringify(path)}: ${reason}; looking every ${seconds} s instead`);
  };
  for (const { path } of sources) {
    try {
      const watcher = openWatcher(path, { recursive: options.recursive });
      watchers.push(watcher);
      drain(watcher, ignored, onChange).catch((error) => {
        giveUp(path, error);
        onChange();
      });
    } catch (error) {
      giveUp(path, error);
    }
  }
  return {
    get isWhole() {
      return isWhole;
    },
    [Symbol.dispose]: () => watchers.forEach((watcher) => watcher.close()),
  };
}

async function drain(
  watcher: AsyncIterable<{ kind: string; paths: string[] }>,
  ignored: readonly string[],
  onChange: () => void,
): Promise<void> {
  for await (const { kind, paths } of watcher) {
    // Reading a file is an event too: a sync would wake itself.
    if (kind === "access") continue;
    if (paths.some((path) => !ignored.some((folder) => isInside(path, folder)))) onChange();
  }
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
