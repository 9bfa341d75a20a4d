/** What file jobs work with. */
import type { Clock } from "#core/clock.ts";
import type { ScanBatchData } from "#core/system/scan_batch.ts";
import type { SyncTotals } from "#core/sync/mod.ts";
import type { OrbitSystem } from "#core/system/system.ts";

/** Where the files of each machine are found. */
export interface SystemSource {
  /**
   * The files of a Star, or of this machine. Waits while the Star is away, for as long as the
   * signal lets it; it may be away again before the caller does anything.
   *
   * @param use What for: nothing that is confined, nor relayed, when left out.
   *
   * @throws {OrbitError} `not_found` for a Star that nobody knows, `denied` for one that may not be
   * used (pending, revoked).
   */
  open(
    starId: string | undefined,
    signal: AbortSignal,
    use?: SystemUse,
  ): Promise<OrbitSystem>;
}

/** What may be done with a system. */
export interface SystemUse {
  /** Content between two Stars may pass through this machine when they can't reach each other. */
  relay: boolean;
  /** What of it may be reached; everything that it serves without it. */
  scope?: readonly string[];
  /** The job that it is for: what jobs share is shared between them, not between connections. */
  job?: string;
  /** Bytes of such content that passed through here. Must not throw. */
  onRelayed?: (bytes: number) => void;
}

/** How far a job is, beside the counts of its items. Numbers only grow within an attempt. */
export interface FileJobProgress {
  /** Entries listed. */
  entries: number;
  /** Bytes of content read. */
  bytes: number;
  /** Bytes of content written. */
  written: number;
  /** Bytes of content that passed through this machine on their way from Star to Star. */
  relayed: number;
  /** Of `written`, bytes that the destination had already. */
  matched: number;
  /** Of a sync: all its totals, those of earlier attempts included. */
  totals?: SyncTotals;
  /** Of a sync: what it works on, when that was just said. */
  current?: string;
  /** The Star that is waited for, if any. */
  waitingFor?: string;
  /** Why, where it is there for this machine, but not for the Star that is to take from it. */
  waitingWhy?: string;
}

/** Services of a run. */
export interface FileJobServices {
  systems: SystemSource;
  clock: Clock;
  /** How a batch of entries is kept as an output of a scan. */
  encodeScan: (batch: ScanBatchData) => Uint8Array;
  /** Is told of progress as it is made; must not throw. */
  onProgress: (progress: Readonly<FileJobProgress>) => void;
  /** From 0 to 1, for the jitter of delays. */
  random: () => number;
}
