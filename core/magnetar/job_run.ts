/** One attempt at a job: steps in the order of their graph, and how it all ends. */
import { type Clock, systemClock } from "#core/clock.ts";
import { type ErrorData, OrbitError, toErrorData } from "#core/errors.ts";
import { type JobEvent, type JobOutcome, noProgress, type StepProgress } from "./event.ts";
import { stepsBehind } from "./graph.ts";
import type { StepContext, StepHandler } from "./handler.ts";
import { checkItem, type ItemOutcome, type NewItem } from "./item.ts";
import type { ItemTable } from "./item_table.ts";
import { type Job, JobCancelled, type JobState, type StepState } from "./job.ts";
import type { JobId } from "./job_id.ts";
import type { JobStore } from "./job_store.ts";
import type { OutputTable } from "./output_table.ts";
import type { StepRow } from "./job_table.ts";
import { DEFAULT_FLUSH, type FlushBounds, FlushPacer } from "./pacer.ts";
import { DEFAULT_WINDOW, type WindowBounds } from "./ready_queue.ts";
import { type StepHost, StepRun } from "./step_run.ts";
import { type LiveRun, SqliteJobStore } from "./store.ts";

/** How a job is run. */
export interface RunOptions {
  /** A handler for every step of the job, by name. */
  steps: Record<string, StepHandler>;
  /** Interrupts the job, which can be run again later. */
  signal?: AbortSignal;
  /** The system's when absent. */
  clock?: Clock;
  /** For the jitter of retries: from 0 to 1, `Math.random` when absent. */
  random?: () => number;
  /** Is told what happens. Must not throw: that interrupts the job and rejects the run. */
  onEvent?: (event: JobEvent) => void;
  /** What `kill -9` may cost at most; 1,000 outcomes or 250 ms when absent. */
  flush?: FlushBounds;
  /** How many pending items of a step are kept in memory; 8,192 or 16 MiB when absent. */
  window?: WindowBounds;
  /**
   * Asked when all steps are done: trouble that no item tells of. The job is partial then, and keeps
   * the error.
   */
  flaw?: () => ErrorData | undefined;
  /** How long handlers may take to end after an interruption or cancellation; 500 when absent. */
  graceMs?: number;
}

/**
 * Runs a job until it is over, paused, cancelled or interrupted, and says how it ended.
 *
 * Every item is processed at least once and recorded as done once; what an abandoned attempt still
 * reports is ignored. Trouble with items is counted in the outcome; a failed production or
 * `finish` makes the job failed; neither rejects. When the signal aborts, handlers get `graceMs`
 * to end, and the outcome is "interrupted" (unless all was done by then).
 *
 * @throws {OrbitError} `conflict` when the job runs already, is paused or is finished; `invalid`
 * when a step has no handler; what the database says when it can't be written (then the job is
 * found interrupted by whoever opens the store next).
 */
export async function runJob(
  store: JobStore,
  jobId: JobId,
  options: RunOptions,
): Promise<JobOutcome> {
  if (!(store instanceof SqliteJobStore)) {
    throw new OrbitError("invalid", "run a job: the store is not one that openJobStore opened");
  }
  return await new JobRun(store, jobId, options).run();
}

/** Why a run ends before its work does; a later one in this list replaces an earlier one. */
const STOPS = ["paused", "failed", "interrupted", "cancelled", "crashed"] as const;
type Stop = typeof STOPS[number];

class JobRun implements StepHost, LiveRun {
  readonly items: ItemTable;
  readonly outputs: OutputTable;
  readonly clock: Clock;
  readonly window: WindowBounds;
  readonly #store: SqliteJobStore;
  readonly #jobId: JobId;
  readonly #options: RunOptions;
  readonly #pacer: FlushPacer;
  readonly #work = new AbortController();
  readonly #over = new AbortController();
  readonly #runs = new Map<string, StepRun>();
  readonly #active = new Map<string, Promise<void>>();
  #steps: StepRow[] = [];
  #job!: Job;
  #stop?: Stop;
  #error?: ErrorData;
  #crash?: { error: unknown };

  constructor(store: SqliteJobStore, jobId: JobId, options: RunOptions) {
    this.#store = store;
    this.#jobId = jobId;
    this.#options = options;
    this.items = store.itemTable;
    this.outputs = store.outputTable;
    this.clock = options.clock ?? systemClock;
    this.window = options.window ?? DEFAULT_WINDOW;
    const crash = (error: unknown) => this.crash(error);
    const bounds = options.flush ?? DEFAULT_FLUSH;
    this.#pacer = new FlushPacer(this.clock, bounds, () => store.commit(), crash);
  }

  get attempt(): number {
    return this.#job.attempt;
  }

  get signal(): AbortSignal {
    return this.#work.signal;
  }

  random(): number {
    return (this.#options.random ?? Math.random)();
  }

  async run(): Promise<JobOutcome> {
    const { steps: handlers, signal } = this.#options;
    for (const { name } of this.#store.job(this.#jobId).steps) {
      if (!Object.hasOwn(handlers, name)) {
        throw new OrbitError("invalid", `run step ${JSON.stringify(name)}: it has no handler`);
      }
    }
    const replans = (step: string) => handlers[step].replan === true;
    const started = this.#store.startRun(this.#jobId, this, replans);
    this.#job = started.job;
    this.#steps = started.steps;
    const interrupt = () => this.#end("interrupted", signal!.reason);
    try {
      signal?.addEventListener("abort", interrupt, { once: true });
      this.#emitJob("running");
      if (signal?.aborted) interrupt();
      await this.#runSteps();
      return this.#conclude();
    } finally {
      signal?.removeEventListener("abort", interrupt);
      this.#over.abort();
      this.#pacer.stop();
      this.#store.forgetRun(this.#jobId);
    }
  }

  async #runSteps(): Promise<void> {
    for (;;) {
      if (!this.#stop) this.#startSteps();
      if (this.#active.size === 0) return;
      await Promise.race(this.#active.values());
    }
  }

  #startSteps(): void {
    const isOver = new Map(this.#steps.map((step) => [step.name, step.state === "done"]));
    for (const step of this.#steps) {
      if (step.state !== "pending" || !step.after.every((name) => isOver.get(name))) continue;
      try {
        this.#setStep(step, "running");
        // Work that can't be seen from outside, such as a removal, is known to have begun.
        this.#store.commit();
        const run = new StepRun(step, this.#options.steps[step.name], this);
        this.#runs.set(step.name, run);
        const active = this.#runStep(step, run).catch((error) => this.crash(error))
          .finally(() => this.#active.delete(step.name));
        this.#active.set(step.name, active);
      } catch (error) {
        this.crash(error);
      }
      if (this.#stop) return;
    }
  }

  async #runStep(step: StepRow, run: StepRun): Promise<void> {
    await run.run();
    if (run.error) return this.#failStep(step, run.error);
    if (!run.isComplete || this.#work.signal.aborted) return;
    try {
      await this.#finishStep(step);
    } catch (error) {
      if (!this.#work.signal.aborted) this.#failStep(step, toErrorData(error));
      return;
    }
    if (this.#crash || this.#over.signal.aborted) return;
    this.#setStep(step, "done");
    this.changed(1);
  }

  /** Calls the handler's `finish`, but doesn't wait for it longer than the grace. */
  async #finishStep(step: StepRow): Promise<void> {
    const finished = this.#options.steps[step.name].finish?.(
      this.context(step, this.#work.signal),
    );
    if (!finished) return;
    const abandoned = Promise.withResolvers<never>();
    const abandon = () => abandoned.reject(this.#work.signal.reason);
    this.#over.signal.addEventListener("abort", abandon, { once: true });
    try {
      await Promise.race([finished, abandoned.promise]);
    } finally {
      this.#over.signal.removeEventListener("abort", abandon);
    }
  }

  #failStep(step: StepRow, error: ErrorData): void {
    this.#error ??= error;
    this.#setStep(step, "failed", error);
    this.#end("failed");
  }

  /** LiveRun: somebody asks for an early end. */
  stop(how: "paused" | "cancelled"): void {
    this.#end(how, new JobCancelled());
  }

  running(): Map<string, number[]> {
    return new Map(Array.from(this.#runs, ([name, run]) => [name, run.runningIds]));
  }

  crash(error: unknown): void {
    this.#crash ??= { error };
    this.#end("crashed", error);
  }

  #end(stop: Stop, reason?: unknown): void {
    if (!this.#stop || STOPS.indexOf(stop) > STOPS.indexOf(this.#stop)) this.#stop = stop;
    for (const run of this.#runs.values()) run.stop();
    if (stop === "paused" || stop === "failed" || this.#work.signal.aborted) return;
    this.#work.abort(reason);
    void this.#abandonAfterGrace();
  }

  async #abandonAfterGrace(): Promise<void> {
    try {
      await this.clock.sleep(this.#options.graceMs ?? 500, { signal: this.#over.signal });
    } catch {
      return; // The run was over in time.
    }
    for (const run of this.#runs.values()) run.abandon();
    this.#over.abort();
  }

  #conclude(): JobOutcome {
    try {
      this.items.settleAll();
    } catch (error) {
      this.#crash ??= { error };
    }
    if (this.#crash) {
      this.#tryToInterrupt();
      throw this.#crash.error;
    }
    const reached = this.#finalState();
    const isOver = reached === "succeeded" || reached === "partial";
    const flaw = isOver ? this.#options.flaw?.() : undefined;
    const state = flaw === undefined ? reached : "partial";
    const error = state === "failed" ? this.#error : undefined;
    this.#store.endRun(this.#jobId, state, error ?? flaw);
    const steps = this.#progress();
    this.#emitJob(state, error ?? flaw);
    if (this.#crash) throw (this.#crash as { error: unknown }).error;
    return { jobId: this.#jobId, state, attempt: this.attempt, steps, error };
  }

  /** After a crash the database may refuse even this; then the next opener does it. */
  #tryToInterrupt(): void {
    try {
      this.#store.endRun(this.#jobId, "interrupted");
    } catch {
      // The crash's own error is the one to tell.
    }
  }

  #finalState(): JobState {
    if (this.#stop === "cancelled" || this.#stop === "failed") return this.#stop;
    if (this.#error) return "failed";
    if (!this.#steps.every((step) => step.state === "done")) return this.#stop as JobState;
    const failed = Object.values(this.#progress()).some((step) => step.failed.items > 0);
    return failed ? "partial" : "succeeded";
  }

  #progress(): Record<string, StepProgress> {
    return Object.fromEntries(this.#steps.map((step) => {
      const run = this.#runs.get(step.name);
      return [step.name, run ? run.progress : this.#earlierProgress(step)];
    }));
  }

  /** Progress of a step that this attempt didn't run. */
  #earlierProgress(step: StepRow): StepProgress {
    const { done, failed, skipped, ...open } = this.items.counts(step.id);
    const progress = { ...noProgress(), done, failed, skipped };
    for (const tally of [done, failed, skipped, ...Object.values(open)]) {
      progress.produced.items += tally.items;
      progress.produced.weight += tally.weight;
    }
    return progress;
  }

  context(step: StepRow, signal: AbortSignal): StepContext {
    const { spec, attempt } = this.#job;
    const behind = stepsBehind(this.#steps, [step.name]);
    return {
      ...{ jobId: this.#jobId, step: step.name, attempt, spec, signal },
      defer: (target, items) => this.#defer(step, behind, target, items),
      checkpoint: (key, value) => this.#runs.get(step.name)?.checkpoint(key, value),
      output: (key, data) => this.#runs.get(step.name)?.output(key, data),
      counts: () => this.#store.counts(this.#jobId),
    };
  }

  #defer(
    from: StepRow,
    behind: ReadonlySet<string>,
    target: string,
    items: readonly NewItem[],
  ): void {
    if (!behind.has(target)) {
      const names = `${JSON.stringify(target)}: it doesn't wait for ${JSON.stringify(from.name)}`;
      throw new OrbitError("invalid", `defer items to step ${names}`);
    }
    if (this.#over.signal.aborted) return;
    const checked = items.map(checkItem);
    const { id } = this.#steps.find((step) => step.name === target)!;
    try {
      this.items.upsert(id, this.attempt, checked);
      this.changed(checked.length);
    } catch (error) {
      this.crash(error);
    }
  }

  changed(count: number): void {
    this.#pacer.changed(count);
  }

  produced(step: StepRow, progress: StepProgress): void {
    this.#emit({ type: "produced", ...this.#about(step), progress });
  }

  productionEnded(step: StepRow): void {
    this.#store.jobTable.setStep(step, step.state, true);
    this.changed(0);
  }

  outcomes(
    step: StepRow,
    outcomes: readonly ItemOutcome[],
    retrying: readonly string[],
    progress: StepProgress,
  ): void {
    this.#emit({ type: "outcomes", ...this.#about(step), outcomes, retrying, progress });
  }

  #about(step: StepRow) {
    return { jobId: this.#jobId, attempt: this.attempt, step: step.name };
  }

  #setStep(step: StepRow, state: StepState, error?: ErrorData): void {
    this.#store.jobTable.setStep(step, state, step.produced, error);
    this.#emit({ type: "step", ...this.#about(step), state, error });
  }

  #emitJob(state: JobState, error?: ErrorData): void {
    this.#emit({ type: "job", jobId: this.#jobId, attempt: this.attempt, state, error });
  }

  #emit(event: JobEvent): void {
    try {
      this.#options.onEvent?.(event);
    } catch (error) {
      this.crash(error);
    }
  }
}
