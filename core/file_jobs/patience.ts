/** Work on a machine that may go away and come back. */
import { OrbitError } from "#core/errors.ts";
import { retryDelayMs, type RetryPolicy } from "#core/retry.ts";
import type { OrbitSystem } from "#core/system/system.ts";
import type { FileJobProgress, FileJobServices, SystemUse } from "./services.ts";
import type { FileJobTotals } from "./totals.ts";

/**
 * How often work may lose its machine before it is given up. The time that the machine is away
 * doesn't count: each new try begins with waiting for it.
 */
export const PATIENCE: RetryPolicy = {
  maxAttempts: 20,
  firstDelayMs: 200,
  factor: 2,
  maxDelayMs: 5000,
};

/** Relayed bytes that a crash may leave out of a job's count. */
const KEEP_EVERY_BYTES = 16 * 1024 * 1024;

/** The job that is worked for. */
interface WorkplaceJob {
  id?: string;
  /** What it is confined to. */
  scope?: readonly string[];
  /** What its earlier runs came to. */
  earlier?: FileJobTotals;
  /** Keeps with the job what it came to; may throw. */
  keep?: (totals: FileJobTotals) => void;
}

interface Wait {
  starId: string | undefined;
  why?: string;
}

/** Opens machines for one job and keeps count of what it does. */
export class Workplace {
  readonly #progress: FileJobProgress;

  /** Bytes relayed that aren't kept with the job yet. */
  #relayedSince = 0;

  /** What waits for a machine now, the longest first. */
  readonly #waits = new Set<Wait>();

  /** The source that the destination didn't reach, until something comes. */
  #unreached: Wait | undefined;

  constructor(readonly services: FileJobServices, readonly job: WorkplaceJob = {}) {
    const none = { entries: 0, bytes: 0, written: 0, relayed: 0, matched: 0 };
    this.#progress = { ...none, ...job.earlier };
  }

  /** As it is now. */
  get progress(): Readonly<FileJobProgress> {
    return this.#progress;
  }

  /** Adds to the job's progress. */
  count(entries: number, bytes: number): void {
    this.#progress.entries += entries;
    this.#progress.bytes += bytes;
    this.services.onProgress(this.#progress);
  }

  /** Sets the job's progress, where something else counts it. */
  report(progress: Omit<FileJobProgress, "waitingFor" | "waitingWhy" | "relayed">): void {
    if (progress.written > this.#progress.written) this.#unreached = undefined;
    Object.assign(this.#progress, progress, this.#waiting);
    this.services.onProgress(this.#progress);
  }

  /**
   * Does work on a machine, waiting for it first. When the machine is lost in the middle of it the
   * error says that it may be tried again, which is for the engine to do.
   */
  async on<T>(
    starId: string | undefined,
    signal: AbortSignal,
    work: (system: OrbitSystem) => Promise<T>,
  ): Promise<T> {
    const system = await this.open(starId, signal);
    try {
      return await work(system);
    } catch (error) {
      throw isAway(error) ? retryable(error) : error;
    }
  }

  /**
   * Yields what work on a machine gives; from its beginning again each time the machine was lost in
   * the middle of it.
   */
  async *stream<T>(
    starId: string | undefined,
    signal: AbortSignal,
    work: (system: OrbitSystem) => AsyncIterable<T>,
  ): AsyncGenerator<T> {
    const { clock, random } = this.services;
    for (let failures = 1;; failures++) {
      const system = await this.open(starId, signal);
      try {
        yield* work(system);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!isAway(error) || failures >= PATIENCE.maxAttempts) throw error;
      }
      await clock.sleep(retryDelayMs(PATIENCE, failures, random), { signal });
    }
  }

  /** A machine's files, once it is there. */
  async open(
    starId: string | undefined,
    signal: AbortSignal,
    { relay }: Pick<SystemUse, "relay"> = { relay: false },
  ): Promise<OrbitSystem> {
    const wait: Wait = { starId };
    const timer = setTimeout(() => {
      this.#waits.add(wait);
      this.#tellWaits();
    }, 100);
    try {
      const onRelayed = (bytes: number) => this.#relayed(bytes);
      const { id, scope } = this.job;
      return await this.services.systems.open(starId, signal, { relay, job: id, scope, onRelayed });
    } finally {
      clearTimeout(timer);
      if (this.#waits.delete(wait)) this.#tellWaits();
    }
  }

  /** Has the job wait for a source that the destination doesn't reach, until something comes. */
  notReached(starId: string | undefined, { message }: OrbitError): void {
    this.#unreached = { starId, why: message };
    this.#tellWaits();
  }

  /** Keeps with the job what it came to so far. */
  settle(): void {
    const { waitingFor: _, waitingWhy: __, totals: ___, current: ____, ...totals } = this.#progress;
    this.#relayedSince = 0;
    try {
      this.job.keep?.(totals);
    } catch {
      // It is kept with what comes next; that the database can't be written others tell.
    }
  }

  #relayed(bytes: number): void {
    this.#relayedSince += bytes;
    this.#progress.relayed += bytes;
    this.services.onProgress(this.#progress);
    if (this.#relayedSince >= KEEP_EVERY_BYTES) this.settle();
  }

  #tellWaits(): void {
    const { waitingFor, waitingWhy } = this.#waiting;
    if (this.#progress.waitingFor === waitingFor && this.#progress.waitingWhy === waitingWhy) {
      return;
    }
    Object.assign(this.#progress, { waitingFor, waitingWhy });
    this.services.onProgress(this.#progress);
  }

  get #waiting(): Pick<FileJobProgress, "waitingFor" | "waitingWhy"> {
    const [first = this.#unreached] = this.#waits;
    return { waitingFor: first?.starId, waitingWhy: first?.why };
  }
}

/** Whether the machine can't be reached now, which may pass. */
export function isAway(error: unknown): error is OrbitError {
  return error instanceof OrbitError && error.code === "unavailable";
}

function retryable(error: OrbitError): OrbitError {
  const { code, message, detail } = error;
  return new OrbitError(code, message, { cause: error, detail: { ...detail, retryable: true } });
}
