/** What the Direct Links of one Star did, in numbers that only grow. */

/** Up to how long a batch of files took, in milliseconds; the last count is of longer ones. */
export const BATCH_BOUNDS_MS: readonly number[] = [
  ...[10, 50, 100, 500, 1000, 5000],
  ...[10_000, 30_000, 60_000, 300_000],
];

/** Totals since the Star started. */
export interface LinkTotals {
  /** Files taken from other Stars, and those that it failed to take. */
  readonly filesTaken: number;
  readonly filesFailed: number;
  /** Bytes of parcels. */
  readonly bytesTaken: number;
  readonly bytesGiven: number;
  /** Grants that it refused. */
  readonly grantsRefused: number;
  /** Batches taken, by how long each took: one count for each of the bounds, and one beyond. */
  readonly batches: readonly number[];
  readonly batchesMs: number;
}

/** Nothing yet. */
export const NO_LINK_TOTALS: LinkTotals = {
  ...{ filesTaken: 0, filesFailed: 0, bytesTaken: 0, bytesGiven: 0, grantsRefused: 0 },
  ...{ batches: BATCH_BOUNDS_MS.map(() => 0).concat(0), batchesMs: 0 },
};

/** How a batch ended. */
export interface BatchOutcome {
  taken: number;
  failed: number;
  tookMs: number;
}

/** Counts. */
export class LinkMeter {
  #filesTaken = 0;
  #filesFailed = 0;
  #bytesTaken = 0;
  #bytesGiven = 0;
  #grantsRefused = 0;
  #batchesMs = 0;
  readonly #batches = [...NO_LINK_TOTALS.batches];

  /** As they are now. */
  get totals(): LinkTotals {
    return {
      filesTaken: this.#filesTaken,
      filesFailed: this.#filesFailed,
      bytesTaken: this.#bytesTaken,
      bytesGiven: this.#bytesGiven,
      grantsRefused: this.#grantsRefused,
      batches: [...this.#batches],
      batchesMs: this.#batchesMs,
    };
  }

  tookBytes(bytes: number): void {
    this.#bytesTaken += bytes;
  }

  gaveBytes(bytes: number): void {
    this.#bytesGiven += bytes;
  }

  refusedGrant(): void {
    this.#grantsRefused++;
  }

  /** A batch of files was taken over one link, or failed to be. */
  tookBatch({ taken, failed, tookMs }: BatchOutcome): void {
    this.#filesTaken += taken;
    this.#filesFailed += failed;
    const bound = BATCH_BOUNDS_MS.findIndex((bound) => tookMs <= bound);
    this.#batches[bound < 0 ? BATCH_BOUNDS_MS.length : bound]++;
    this.#batchesMs += Math.max(0, Math.round(tookMs));
  }
}
