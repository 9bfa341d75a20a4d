/**
 * The last steps of a move: what has arrived goes from the source. Nothing goes that wasn't read on
 * both sides right before and found equal, or that changed after that; the copies of this job are
 * on stable storage by then (`fsync`). A crash leaves what is still there to the next attempt.
 */
import { equalBytes } from "#core/hash/mod.ts";
import { type ErrorData, OrbitError, toErrorData } from "#core/errors.ts";
import type { ClaimedItem, ItemOutcome, StepContext } from "#core/magnetar/mod.ts";
import type { RetryPolicy } from "#core/retry.ts";
import type { HashResult, PlainAction } from "#core/system/system.ts";
import { mayBeOneFile } from "#core/system/version.ts";
import type { BatchHandler } from "./failed_items.ts";
import { depthOf, MAX_PRIORITY } from "./plan_item.ts";
import { isOfDirectory, keptAsOne, type Removal, removalLine } from "./removal.ts";
import type { StepServices } from "./steps.ts";

/** Bounds of a batch; hashing is cut up further below. */
const BATCH = { maxItems: 256, maxWeight: 64 * 1024 * 1024 };

/** Handlers of the steps: `remove` for all but directories, `prune` for these, the deepest first. */
export function createRemoveSteps(
  services: StepServices,
  retry: RetryPolicy,
): Record<"remove" | "prune", BatchHandler> {
  const process = (items: readonly ClaimedItem[], context: StepContext) =>
    new RemovalBatch(services, items, context).run();
  const shared = { batch: BATCH, retry, replan: true, process };
  return {
    remove: { ...shared, concurrency: 2 },
    prune: { ...shared, concurrency: 1 },
  };
}

/** Has what may go from the source do so in the last steps: directories after what was in them. */
export function deferRemovals(removals: readonly Removal[], context: StepContext): void {
  const defer = (step: string, some: readonly Removal[]) => {
    if (some.length === 0) return;
    const items = some.map((removal) => ({
      key: removal.to,
      payload: removal,
      weight: removal.size,
      priority: isOfDirectory(removal) ? Math.min(MAX_PRIORITY, depthOf(removal.path)) : 0,
    }));
    context.defer(step, items);
  };
  defer("remove", removals.filter((removal) => !isOfDirectory(removal)));
  defer("prune", removals.filter(isOfDirectory));
}

/** One entry on its way out. */
interface Candidate {
  key: string;
  removal: Removal;
  /** Set once it may go. */
  version?: string;
  outcome?: ItemOutcome;
}

class RemovalBatch {
  readonly #candidates: Candidate[];

  constructor(
    readonly services: StepServices,
    items: readonly ClaimedItem[],
    readonly context: StepContext,
  ) {
    this.#candidates = items.map(({ key, payload }) => {
      const removal = payload as Removal;
      return { key, removal, version: removal.version };
    });
  }

  async run(): Promise<ItemOutcome[]> {
    const { sources, reporter } = this.services;
    reporter.progress(this.#candidates[0].key);
    for (let source = 0; source < sources.length; source++) {
      const mine = this.#candidates.filter(({ removal }) => removal.source === source);
      await this.#compare(sources[source], mine.filter(({ version }) => version === undefined));
      await this.#remove(sources[source], mine.filter(({ version }) => version !== undefined));
    }
    return this.#candidates.map(({ outcome }) => outcome!);
  }

  /** Finds the version of every file that is equal to its copy. */
  async #compare(base: string, files: Candidate[]): Promise<void> {
    if (files.length === 0) return;
    const { source, destination, reporter } = this.services;
    const { signal } = this.context;
    const options = { signal, versions: true, onBytes: () => reporter.progress() };
    const [ours, theirs] = await Promise.all([
      source.hashFiles(base, files.map(({ removal }) => removal.path), options),
      destination.hashFiles(this.services.base, files.map(({ removal }) => removal.to), options),
    ]);
    files.forEach((file, index) => this.#judge(file, ours[index], theirs[index]));
  }

  #judge(file: Candidate, ours: HashResult, theirs: HashResult): void {
    const { path } = file.removal;
    if (ours.error?.detail.errno === "ENOENT") return this.#skip(file, "it is gone already");
    const error = ours.error ?? theirs.error;
    if (error !== undefined) return this.#fail(file, keptBecause(path, error.message));
    if (!equalBytes(ours.hash!, theirs.hash!)) {
      return this.#fail(file, keptBecause(path, "it isn't what its copy is"));
    }
    if (ours.version === undefined || theirs.version === undefined) {
      const why = "it changed meanwhile, or its Star is too old to tell";
      return this.#fail(file, keptBecause(path, why));
    }
    if (mayBeOneFile(ours.version, theirs.version)) {
      return this.#fail(file, toErrorData(keptAsOne(path)));
    }
    file.version = ours.version;
  }

  async #remove(base: string, candidates: Candidate[]): Promise<void> {
    if (candidates.length === 0) return;
    const { source, actionOptions, reporter } = this.services;
    const actions = candidates.map(({ removal: { path }, version }): PlainAction => {
      return { kind: "remove", path, version: version! };
    });
    const { signal } = this.context;
    const results = await source.perform(base, actions, actionOptions, { signal });
    candidates.forEach((candidate, index) => {
      const { error } = results[index];
      const { key, removal } = candidate;
      if (error === undefined) {
        reporter.done(removalLine(removal), results[index]);
        candidate.outcome = { key, state: "done" };
      } else if (error.detail.errno === "ENOTEMPTY") {
        this.#skip(candidate, "it isn't empty");
      } else if (error.detail.errno === "ECHANGED") {
        this.#fail(candidate, keptBecause(removal.path, "it changed meanwhile"));
      } else this.#fail(candidate, error);
    });
  }

  #skip(candidate: Candidate, reason: string): void {
    candidate.outcome = { key: candidate.key, state: "skipped", reason };
  }

  #fail(candidate: Candidate, error: ErrorData): void {
    this.services.reporter.trouble(candidate.removal.path, error);
    candidate.outcome = { key: candidate.key, state: "failed", error };
  }
}

function keptBecause(path: string, why: string): ErrorData {
  const text = `remove ${JSON.stringify(path)}: kept in the source: ${why}`;
  return toErrorData(new OrbitError("conflict", text, { detail: { path } }));
}
