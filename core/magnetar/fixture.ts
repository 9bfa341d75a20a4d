/** What the tests of this folder share. */
import { ManualClock } from "#core/clock.ts";
import { NO_RETRY } from "#core/retry.ts";
import {
  type ClaimedItem,
  type ItemOutcome,
  type JobStore,
  type NewItem,
  openJobStore,
  type StepHandler,
} from "./mod.ts";

/** A folder that goes with its scope. */
export class TemporaryFolder implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "magnetar-" });

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** A store in a folder of its own. */
export class TemporaryStore implements Disposable {
  readonly #folder = new TemporaryFolder();
  readonly clock = new ManualClock();
  readonly store: JobStore = openJobStore(this.#folder.path, { clock: this.clock });

  [Symbol.dispose](): void {
    this.store[Symbol.dispose]();
    this.#folder[Symbol.dispose]();
  }
}

/** Items with the given keys, of weight 1. */
export function newItems(...keys: string[]): NewItem[] {
  return keys.map((key) => ({ key, payload: null, weight: 1 }));
}

/** The outcome "done" for each item. */
export function done(items: readonly ClaimedItem[]): ItemOutcome[] {
  return items.map(({ key }) => ({ key, state: "done" }));
}

/** A handler that has nothing to do and does it, one item at a time, unless told otherwise. */
export function handler(parts: Partial<StepHandler> = {}): StepHandler {
  return {
    process: (items) => Promise.resolve(done(items)),
    batch: { maxItems: 1, maxWeight: 1e9 },
    concurrency: 1,
    retry: NO_RETRY,
    ...parts,
  };
}

/** Copies a store's files as they are on disk now, as if its process had died at this moment. */
export function copyStore(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name } of Deno.readDirSync(from)) {
    if (name.startsWith("jobs.db")) Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}
