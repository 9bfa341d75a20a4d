/** The job store in SQLite. */
import { type Clock, systemClock } from "#core/clock.ts";
import { type ErrorData, OrbitError } from "#core/errors.ts";
import { createPrivateFolder, Database, toJson } from "#core/sqlite/mod.ts";
import { Glances } from "./glances.ts";
import { sortSteps, stepsBehind } from "./graph.ts";
import type { StepCounts } from "./handler.ts";
import type { Item } from "./item.ts";
import { ItemTable } from "./item_table.ts";
import { checkTransition, isFinished, type Job, type JobState } from "./job.ts";
import { createJobId, type JobId } from "./job_id.ts";
import { type Output, type OutputFilter, OutputTable } from "./output_table.ts";
import { type LogFilter, type LogPiece, LogTable } from "./log_table.ts";
import type { ItemFilter, JobStore, NewJob, PruneOptions } from "./job_store.ts";
import { type JobFilter, JobTable, type StepRow } from "./job_table.ts";
import { JOB_DATABASE } from "./migrations.ts";

/** Where a store's time and randomness come from. */
export interface StoreOptions {
  /** The system's when absent. */
  clock?: Clock;
  /** For job ids; `Math.random` when absent. */
  random?: () => number;
}

/**
 * Opens the job store in a folder, which is made (mode 0700) when it doesn't exist; the database is
 * `jobs.db` in it (mode 0600). Older databases are migrated. Jobs that a dead process left running
 * become interrupted.
 *
 * The store is the only one for as long as it is open: SQLite's exclusive lock, which goes with
 * the process. A damaged database is noticed here if it is small or its last owner died; else when
 * the damage is met.
 *
 * @throws {OrbitError} `conflict` at once when the folder is in use, or its database was written by
 * a newer Orbit or another program; `corrupt` when it is damaged; `denied`, `exhausted`,
 * `internal` for what the system says.
 */
export function openJobStore(folder: string, options: StoreOptions = {}): JobStore {
  createPrivateFolder(folder);
  return new SqliteJobStore(new Database(`${folder}/jobs.db`, JOB_DATABASE), options);
}

/** What a run tells the store about itself while it lasts. */
export interface LiveRun {
  /** Asks the run to end this way. */
  stop(how: "paused" | "cancelled"): void;
  /** Ids of the items that are being processed, by step. */
  running(): Map<string, number[]>;
}

/** What a run starts from. */
export interface StartedRun {
  job: Job;
  steps: StepRow[];
}

export class SqliteJobStore implements JobStore {
  readonly recovered: readonly JobId[];
  readonly itemTable: ItemTable;
  readonly outputTable: OutputTable;
  readonly logTable: LogTable;
  readonly jobTable: JobTable;
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #live = new Map<JobId, LiveRun>();
  readonly #glances = new Glances();
  #newestId?: JobId;

  constructor(database: Database, { clock = systemClock, random = Math.random }: StoreOptions) {
    this.#database = database;
    this.#clock = clock;
    this.#random = random;
    try {
      this.jobTable = new JobTable(database);
      this.itemTable = new ItemTable(database);
      this.outputTable = new OutputTable(database);
      this.logTable = new LogTable(database);
      this.#newestId = this.jobTable.newestId();
      this.recovered = this.recover();
    } catch (error) {
      database[Symbol.dispose]();
      throw error;
    }
  }

  createJob(job: NewJob): JobId {
    const steps = sortSteps(job.steps);
    if (!/^[a-z][a-z0-9_-]{0,63}$/.test(job.kind)) {
      throw new OrbitError("invalid", `create job of kind ${JSON.stringify(job.kind)}: bad name`);
    }
    const priority = job.priority ?? 0;
    if (!Number.isSafeInteger(priority)) {
      throw new OrbitError("invalid", `create job of priority ${priority}: not a whole number`);
    }
    const labelText = toJson(job.label), specText = toJson(job.spec);
    const createdAtMs = this.#clock.now();
    const id = job.id ?? createJobId(createdAtMs, this.#random, this.#newestId);
    if (this.#newestId === undefined || id > this.#newestId) this.#newestId = id;
    const { kind, sourceStarId, destStarId } = job;
    this.commit();
    // A job for which there is no room is refused, and the others go on.
    this.#database.transact(() =>
      this.jobTable.insert({
        ...{
          id,
          kind,
          labelText,
          specText,
          priority,
          sourceStarId,
          destStarId,
          createdAtMs,
          steps,
        },
      })
    );
    return id;
  }

  job(id: JobId): Job {
    const job = this.jobTable.job(id);
    if (!job) throw new OrbitError("not_found", `find job ${JSON.stringify(id)}: unknown`);
    return job;
  }

  jobs(filter: JobFilter = {}): Job[] {
    return this.jobTable.jobs(filter);
  }

  items(id: JobId, filter: ItemFilter): Item[] {
    const steps = this.#stepNames(id, filter.step);
    if (filter.byKey) return this.itemTable.pages.byKey(steps, filter);
    const running = [...this.#live.get(id)?.running().values() ?? []].flat();
    const below = this.jobTable.itemsBelow(id);
    return this.itemTable.pages.byPosition(steps, { ...filter, running, below });
  }

  outputs(id: JobId, filter: OutputFilter): Output[] {
    this.itemTable.settle();
    return this.outputTable.list(this.#stepNames(id, filter.step), filter);
  }

  /** Names of the job's steps, or of the one asked for, by id. */
  #stepNames(id: JobId, only: string | undefined): Map<number, string> {
    this.job(id);
    const steps = this.jobTable.steps(id).filter(({ name }) => only === undefined || name === only);
    if (steps.length === 0) {
      throw new OrbitError("not_found", `find step ${JSON.stringify(only)}: unknown`);
    }
    return new Map(steps.map((step) => [step.id, step.name]));
  }

  counts(id: JobId): Record<string, StepCounts> {
    this.job(id);
    const running = this.#live.get(id)?.running();
    const counts: Record<string, StepCounts> = {};
    for (const step of this.jobTable.steps(id)) {
      const of = counts[step.name] = this.itemTable.counts(step.id);
      const ids = running?.get(step.name) ?? [];
      if (ids.length === 0) continue;
      of.running = { items: ids.length, weight: this.itemTable.weightOf(ids) };
      of.pending.items -= of.running.items;
      of.pending.weight -= of.running.weight;
    }
    return counts;
  }

  glance(id: JobId): Record<string, StepCounts> {
    const isRunning = this.job(id).state === "running" && this.#live.has(id);
    return isRunning ? this.#glances.at(id, () => this.counts(id)) : this.counts(id);
  }

  countsByState(): Partial<Record<JobState, number>> {
    return this.jobTable.countsByState();
  }

  tally(id: JobId, amounts: Readonly<Record<string, number>>): void {
    this.job(id);
    this.jobTable.addTallies(id, amounts);
    this.commit();
  }

  tell(id: JobId, { piece, report }: { piece?: Uint8Array; report?: unknown }): void {
    this.job(id);
    if (piece !== undefined) this.logTable.add(id, piece);
    if (report !== undefined) this.jobTable.setReport(id, report);
    this.commit();
  }

  told(id: JobId, filter: LogFilter): LogPiece[] {
    return this.logTable.list(id, filter);
  }

  pause(id: JobId): void {
    this.#stop(id, "pause", "paused");
  }

  cancel(id: JobId): void {
    this.#stop(id, "cancel", "cancelled");
  }

  #stop(id: JobId, action: string, state: "paused" | "cancelled"): void {
    checkTransition(action, id, this.job(id).state, state);
    const live = this.#live.get(id);
    if (live) return live.stop(state);
    this.endRun(id, state);
  }

  resume(id: JobId): void {
    checkTransition("resume", id, this.job(id).state, "pending");
    this.jobTable.setState(id, "pending");
    this.commit();
  }

  recover(): JobId[] {
    const ids: JobId[] = [];
    for (const { id } of this.jobs({ states: ["running"], limit: -1 })) {
      if (this.#live.has(id)) continue;
      this.endRun(id, "interrupted");
      ids.push(id);
    }
    return ids;
  }

  revive(): void {
    if (this.#live.size > 0) {
      throw new OrbitError("conflict", `revive the job store: ${this.#live.size} jobs still run`);
    }
    this.itemTable.forget();
    this.#database.revive();
    this.recover();
  }

  prune({ olderThanMs, keep }: PruneOptions): number {
    const ids = this.jobTable.deleteFinished(this.#clock.now() - olderThanMs, keep);
    if (ids.length > 0) this.#database.shrink();
    return ids.length;
  }

  /**
   * Starts an attempt: the job is running, and the steps that this attempt has to run are pending:
   * those that aren't over, those that plan anew, and all behind them.
   */
  startRun(id: JobId, live: LiveRun, replans: (step: string) => boolean): StartedRun {
    checkTransition("run", id, this.job(id).state, "running");
    this.jobTable.start(id, this.#clock.now());
    const steps = this.jobTable.steps(id);
    const again = steps.filter((step) => step.state !== "done" || replans(step.name));
    const names = new Set(again.map((step) => step.name));
    for (const name of stepsBehind(steps, names)) names.add(name);
    for (const step of steps) {
      if (!names.has(step.name)) continue;
      const replan = replans(step.name);
      if (replan) this.itemTable.makeStale(step.id);
      else this.itemTable.forgive(step.id);
      this.jobTable.setStep(step, "pending", step.produced && !replan);
    }
    this.commit();
    this.#live.set(id, live);
    return { job: this.job(id), steps };
  }

  /** Ends an attempt: no step is left running, and no item open if the job is over for good. */
  endRun(id: JobId, state: JobState, error?: ErrorData): void {
    const isOver = isFinished(state);
    this.itemTable.settleAll();
    for (const step of this.jobTable.steps(id)) {
      if (isOver && step.state !== "done") {
        this.itemTable.skipOpen(step.id, `job ${state}`);
        if (step.state !== "failed") this.jobTable.setStep(step, "skipped", step.produced);
      } else if (!isOver && step.state !== "done") {
        this.jobTable.setStep(step, "pending", step.produced);
      }
    }
    this.jobTable.setState(id, state, error, isOver ? this.#clock.now() : undefined);
    this.commit();
  }

  /** The run is no more, however it ended. */
  forgetRun(id: JobId): void {
    this.#live.delete(id);
    this.#glances.forget(id);
  }

  /** Makes everything written so far survive the death of this process. */
  commit(): void {
    this.itemTable.commit();
  }

  [Symbol.dispose](): void {
    try {
      this.itemTable.settleAll();
    } catch {
      // Disposal never throws; the next opener finds the last committed state.
    }
    this.#database[Symbol.dispose]();
  }
}
