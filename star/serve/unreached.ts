/** Batches whose source wasn't reached, until it is known whether they come another way. */
import type { Clock } from "#core/clock.ts";

/** How long another way may take to be found. */
const WAIT_MS = 30_000;
const MAX_KEPT = 256;

interface Kept {
  address: string;
  /** Counts the batch as failed. */
  count: () => void;
  over: AbortController;
}

/** Counts batches as failed that come no other way; one that does is counted by what becomes of it. */
export class UnreachedBatches implements Disposable {
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A batch wasn't got at an address; `key` says which files of whom it is for. */
  keep(key: string, address: string, count: () => void): void {
    this.#end(key, true);
    const over = new AbortController();
    this.#kept.set(key, { address, count, over });
    this.#clock.sleep(WAIT_MS, over).then(() => this.#end(key, true), () => {});
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT) this.#end(oldest, true);
  }

  /** The same files are asked for: at another address in its place, or there once more. */
  tryAgain(key: string, address: string): void {
    this.#end(key, this.#kept.get(key)?.address === address);
  }

  [Symbol.dispose](): void {
    for (const key of [...this.#kept.keys()]) this.#end(key, true);
  }

  #end(key: string, hasFailed: boolean): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    kept.over.abort();
    if (hasFailed) kept.count();
  }
}
