/**
 * Runs the jobs of the Nucleus: those that wait, by priority; those that its last process left
 * unfinished; as many at a time as their Stars may be given.
 */
import type { Clock } from "#core/clock.ts";
import { type ErrorData, OrbitError, toErrorData } from "#core/errors.ts";
import {
  createFileJob,
  type FileJobProgress,
  type FileOrder,
  runFileJob,
  type SystemSource,
} from "#core/file_jobs/mod.ts";
import { JobCancelled, type JobId, type JobState, type JobStore } from "#core/magnetar/mod.ts";
import type { ScanBatchData } from "#core/system/scan_batch.ts";
import { retryDelayMs, type RetryPolicy } from "#core/retry.ts";
import { isCrossing, type Traffic } from "./crossing.ts";
import { LeftWork } from "./left_work.ts";
import { type WaitingJob, WaitingJobs } from "./waiting.ts";

/** Jobs that run at a time with one Star; the others wait for their turn. */
const JOBS_PER_STAR = 4;
/** Jobs at work at a time in all. One that waits for its Star doesn't count: Stars may be away. */
const MAX_AT_WORK = 512;

/** What a dispatcher works with. */
export interface DispatcherServices {
  store: JobStore;
  systems: SystemSource;
  clock: Clock;
  encodeScan: (batch: ScanBatchData) => Uint8Array;
  random?: () => number;
  /** A job's state or progress changed. */
  onChange?: (id: JobId) => void;
  /** A run ended by an error of the engine's own: the database can't be written, most likely. */
  onCrash: (id: JobId, error: ErrorData) => void;
  /** The database can't be written; true when it can be again, and jobs go on. */
  onTrouble?: (error: ErrorData, isOver: boolean) => void;
}

/** How often it is tried whether the database can be written again. */
const MEND: RetryPolicy = {
  maxAttempts: Infinity,
  firstDelayMs: 1000,
  factor: 2,
  maxDelayMs: 30_000,
};

/** What jobs fail with by themselves; anything else is the database's. */
const OF_JOBS: readonly ErrorData["code"][] = ["conflict", "invalid", "not_found", "unsupported"];

interface Running {
  readonly stop: AbortController;
  readonly over: Promise<void>;
  readonly stars: readonly string[];
  readonly traffic: Traffic;
  progress: FileJobProgress;
  /** It is to be paused, and what it waits for isn't waited for. */
  pauses: boolean;
}

/** The Nucleus's jobs at work. */
export class JobDispatcher implements AsyncDisposable {
  readonly #services: DispatcherServices;
  readonly #running = new Map<JobId, Running>();
  readonly #waiting = new WaitingJobs();
  /** Jobs by Star; jobs on the Nucleus's own disks under "". */
  readonly #perStar = new Map<string, number>();
  readonly #closing = new AbortController();
  readonly #leftWork: LeftWork;
  /** Going on while the database can't be written. */
  #mending: Promise<void> | undefined;

  constructor(services: DispatcherServices) {
    this.#services = services;
    this.#leftWork = new LeftWork(services);
  }

  /** Takes up what an earlier process left, and whatever waits. */
  start(): void {
    const { store } = this.#services;
    for (const { id } of store.jobs({ states: ["interrupted"], limit: -1 })) store.resume(id);
    for (const job of store.jobs({ states: ["pending"], limit: -1 })) this.#waiting.add(job);
    this.#leftWork.takeUp();
    this.#fill();
  }

  /** Puts an order on record and runs it as soon as its Stars may be given it. */
  submit(order: FileOrder, options: { label: string; priority?: number }): JobId {
    const { store } = this.#services;
    const id = this.#write(() => createFileJob(store, order, options));
    this.#waiting.add(store.job(id));
    this.#fill();
    this.#services.onChange?.(id);
    return id;
  }

  /** @throws {OrbitError} `conflict` when it is finished already, `not_found`. */
  cancel(id: JobId): void {
    this.#write(() => this.#services.store.cancel(id));
    this.#leftWork.end(this.#services.store.job(id), this.#running.get(id)?.over);
    // What hasn't begun to run because it waits for its Star isn't told by the store.
    this.#running.get(id)?.stop.abort(new JobCancelled());
    this.#waiting.remove(id);
    this.#services.onChange?.(id);
  }

  /** @throws {OrbitError} `conflict` when its state doesn't allow that, `not_found`. */
  pause(id: JobId): void {
    const { store } = this.#services;
    const hasBatches = store.job(id).state === "running";
    this.#write(() => store.pause(id));
    const running = this.#running.get(id);
    // Batches that run are to end first, unless they wait for a Star: that might take days.
    if (running !== undefined && !(hasBatches && running.progress.waitingFor === undefined)) {
      running.pauses = true;
      running.stop.abort(new DOMException("the job was paused", "AbortError"));
    }
    this.#waiting.remove(id);
    this.#services.onChange?.(id);
  }

  /** @throws {OrbitError} `conflict` when it is not paused, or goes on by itself; `not_found`. */
  resume(id: JobId): void {
    const { store } = this.#services;
    if (this.#running.has(id) && store.job(id).state === "interrupted") {
      throw new OrbitError("conflict", `resume job ${JSON.stringify(id)}: it is running`);
    }
    this.#write(() => store.resume(id));
    this.#waiting.add(store.job(id));
    this.#fill();
    this.#services.onChange?.(id);
  }

  /** How far a job that runs now is. */
  progress(id: JobId): FileJobProgress | undefined {
    return this.#running.get(id)?.progress;
  }

  /** All jobs on record by state, as they are told: one between two attempts is at work. */
  countsByState(): Partial<Record<JobState, number>> {
    const { store } = this.#services;
    const counts = store.countsByState();
    for (const id of this.#running.keys()) {
      if (store.job(id).state !== "interrupted") continue;
      counts.interrupted = (counts.interrupted ?? 0) - 1;
      counts.running = (counts.running ?? 0) + 1;
    }
    return counts;
  }

  /** How many jobs run now. */
  get running(): number {
    return this.#running.size;
  }

  /** Interrupts what runs; the next process goes on with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const reason = new DOMException("the Nucleus is shutting down", "AbortError");
    this.#closing.abort(reason);
    await this.#interrupt(reason);
    await this.#leftWork[Symbol.asyncDispose]();
    await this.#mending;
  }

  async #interrupt(reason: unknown): Promise<void> {
    const running = [...this.#running.values()];
    for (const { stop } of running) stop.abort(reason);
    await Promise.all(running.map(({ over }) => over));
  }

  /** Does what writes, and sees to it that the database is mended when it can't be written. */
  #write<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      this.#look(toErrorData(error));
      throw error;
    }
  }

  #look(error: ErrorData): void {
    if (OF_JOBS.includes(error.code) || this.#mending || this.#closing.signal.aborted) return;
    this.#mending = this.#mend(error).finally(() => {
      this.#mending = undefined;
      this.#fill();
    });
  }

  /** Stops what runs, and goes on with it as soon as the database can be written. */
  async #mend(trouble: ErrorData): Promise<void> {
    const { store, clock, onTrouble, random = Math.random } = this.#services;
    const { signal } = this.#closing;
    for (let failures = 1; !signal.aborted; failures++) {
      onTrouble?.(trouble, false);
      await this.#interrupt(new DOMException("the database can't be written", "AbortError"));
      await clock.sleep(retryDelayMs(MEND, failures, random), { signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        store.revive();
        this.start();
        return onTrouble?.(trouble, true);
      } catch (error) {
        trouble = toErrorData(error);
      }
    }
  }

  #fill(): void {
    // A job that is resumed at once may still be at the end of its run before.
    const mayRun = ({ id, stars, traffic }: WaitingJob) =>
      !this.#running.has(id) &&
      stars.every((star) => (this.#perStar.get(star) ?? 0) < JOBS_PER_STAR) &&
      !this.#running.values().some((running) => isCrossing(running.traffic, traffic));
    if (this.#mending || this.#closing.signal.aborted) return;
    let atWork = 0;
    for (const { progress } of this.#running.values()) {
      if (progress.waitingFor === undefined) atWork++;
    }
    for (; atWork < MAX_AT_WORK; atWork++) {
      const next = this.#waiting.take(mayRun);
      if (next === undefined) return;
      this.#run(next);
    }
  }

  #run({ id, stars, traffic }: WaitingJob): void {
    for (const star of stars) this.#perStar.set(star, (this.#perStar.get(star) ?? 0) + 1);
    const stop = new AbortController();
    const running: Running = {
      stop,
      stars,
      traffic,
      progress: { entries: 0, bytes: 0, written: 0, relayed: 0, matched: 0 },
      pauses: false,
      over: this.#attempt(id, stop.signal).finally(() => this.#end(id)),
    };
    this.#running.set(id, running);
  }

  async #attempt(id: JobId, signal: AbortSignal): Promise<void> {
    const { store, systems, clock, encodeScan, random = Math.random, onChange } = this.#services;
    const onProgress = (progress: Readonly<FileJobProgress>) => {
      const running = this.#running.get(id);
      const waited = running?.progress.waitingFor;
      if (running !== undefined) running.progress = { ...progress };
      onChange?.(id);
      if (waited === undefined && progress.waitingFor !== undefined) this.#fill();
    };
    const services = { systems, clock, encodeScan, random, onProgress };
    try {
      const onEvent = () => onChange?.(id);
      const { state } = await runFileJob(store, id, services, { signal, onEvent });
      if (state === "interrupted" && this.#running.get(id)?.pauses) store.pause(id);
    } catch (error) {
      if (signal.aborted && error === signal.reason) return;
      this.#services.onCrash(id, toErrorData(error));
      this.#look(toErrorData(error));
    }
  }

  #end(id: JobId): void {
    for (const star of this.#running.get(id)?.stars ?? []) {
      const left = this.#perStar.get(star)! - 1;
      if (left === 0) this.#perStar.delete(star);
      else this.#perStar.set(star, left);
    }
    this.#running.delete(id);
    this.#services.onChange?.(id);
    this.#fill();
  }
}
