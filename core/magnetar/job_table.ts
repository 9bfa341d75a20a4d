/** The rows of jobs and their steps. */
import type { ErrorData } from "#core/errors.ts";
import { type Database, fromJson, type Row, type Statement, toJson } from "#core/sqlite/mod.ts";
import type { NewStep } from "./graph.ts";
import { NEXT_ITEM_ID } from "./item_statements.ts";
import type { Job, JobState, Step, StepState } from "./job.ts";
import type { JobId } from "./job_id.ts";

/** A step with the number that its items refer to. */
export interface StepRow extends Step {
  id: number;
}

/** A job as it is first stored. */
export interface JobInsert {
  id: JobId;
  kind: string;
  labelText: string;
  specText: string;
  priority: number;
  sourceStarId?: string;
  destStarId?: string;
  createdAtMs: number;
  steps: readonly Required<NewStep>[];
}

/** Which jobs to list. */
export interface JobFilter {
  states?: readonly JobState[];
  kind?: string;
  /** At most so many, 100 when absent. */
  limit?: number;
  /** Only jobs older than this one: for the next page. */
  before?: JobId;
}

export class JobTable {
  readonly #database: Database;
  readonly #insertJob: Statement;
  readonly #insertStep: Statement;
  readonly #job: Statement;
  readonly #jobs: Statement;
  readonly #steps: Statement;
  readonly #start: Statement;
  readonly #state: Statement;
  readonly #step: Statement;
  readonly #tally: Statement;
  readonly #report: Statement;

  constructor(database: Database) {
    this.#database = database;
    this.#insertJob = database.prepare(
      `INSERT INTO job (id, kind, label, spec, state, priority, source_star_id, dest_star_id,
         created_ms) VALUES (?, ?, ?, ?, 'pending', ?, ?, ?, ?)`,
    );
    this.#insertStep = database.prepare("INSERT INTO step (job_id, name, after) VALUES (?, ?, ?)");
    this.#job = database.prepare("SELECT * FROM job WHERE id = ?");
    this.#jobs = database.prepare(
      `SELECT * FROM job WHERE id < ?
         AND (?2 IS NULL OR state IN (SELECT value FROM json_each(?2)))
         AND (?3 IS NULL OR kind = ?3)
       ORDER BY id DESC LIMIT ?4`,
    );
    this.#steps = database.prepare("SELECT * FROM step WHERE job_id = ? ORDER BY id");
    this.#start = database.prepare(
      `UPDATE job SET state = 'running', attempt = attempt + 1, started_ms = ? WHERE id = ?`,
    );
    this.#state = database.prepare(
      `UPDATE job SET state = ?1, error = ?2, finished_ms = ?3, items_below =
         CASE WHEN ?3 IS NULL THEN NULL ELSE ${NEXT_ITEM_ID} END
       WHERE id = ?4`,
    );
    this.#step = database.prepare(
      "UPDATE step SET state = ?, produced = ?, error = ? WHERE id = ?",
    );
    this.#tally = database.prepare("UPDATE job SET tallies = ? WHERE id = ?");
    this.#report = database.prepare("UPDATE job SET report = ? WHERE id = ?");
  }

  insert(job: JobInsert): void {
    this.#insertJob.write(
      job.id,
      job.kind,
      job.labelText,
      job.specText,
      job.priority,
      job.sourceStarId ?? null,
      job.destStarId ?? null,
      job.createdAtMs,
    );
    for (const { name, after } of job.steps) {
      this.#insertStep.write(job.id, name, JSON.stringify(after));
    }
  }

  newestId(): JobId | undefined {
    return this.#database.prepare("SELECT max(id) AS id FROM job").first()?.id ?? undefined;
  }

  job(id: JobId): Job | undefined {
    const row = this.#job.first(id);
    return row && this.#toJob(row);
  }

  jobs({ states, kind, limit = 100, before }: JobFilter): Job[] {
    const rows = this.#jobs.all(
      before ?? "~",
      states ? JSON.stringify(states) : null,
      kind ?? null,
      limit,
    );
    return rows.map((row) => this.#toJob(row));
  }

  /** The steps of a job, in an order in which they can run. */
  steps(id: JobId): StepRow[] {
    return this.#steps.all(id).map((row) => ({
      id: row.id,
      name: row.name,
      after: fromJson<string[]>(row.after)!,
      state: row.state,
      produced: row.produced === 1,
      error: fromJson<ErrorData>(row.error),
    }));
  }

  start(id: JobId, nowMs: number): void {
    this.#start.write(nowMs, id);
  }

  setState(id: JobId, state: JobState, error?: ErrorData, finishedAtMs?: number): void {
    this.#state.write(state, error ? JSON.stringify(error) : null, finishedAtMs ?? null, id);
  }

  /** What the ids of a finished job's items are all below, if that is known. */
  itemsBelow(id: JobId): number | undefined {
    return this.#job.first(id)?.items_below ?? undefined;
  }

  addTallies(id: JobId, amounts: Readonly<Record<string, number>>): void {
    const tallies = { ...this.job(id)!.tallies };
    for (const [name, more] of Object.entries(amounts)) tallies[name] = (tallies[name] ?? 0) + more;
    this.#tally.write(JSON.stringify(tallies), id);
  }

  setReport(id: JobId, report: unknown): void {
    this.#report.write(toJson(report), id);
  }

  /** How many jobs there are in each state; none where it isn't named. */
  countsByState(): Partial<Record<JobState, number>> {
    const rows = this.#database.prepare("SELECT state, count(*) AS jobs FROM job GROUP BY state")
      .all();
    return Object.fromEntries(rows.map(({ state, jobs }) => [state, jobs]));
  }

  setStep(step: StepRow, state: StepState, produced: boolean, error?: ErrorData): void {
    Object.assign(step, { state, produced, error });
    this.#step.write(state, Number(produced), error ? JSON.stringify(error) : null, step.id);
  }

  /** Deletes finished jobs that ended before the time, but none of the newest `keep`. */
  deleteFinished(beforeMs: number, keep: number): JobId[] {
    const rows = this.#database.prepare(
      `SELECT id, finished_ms FROM job WHERE finished_ms IS NOT NULL
       ORDER BY id DESC LIMIT -1 OFFSET ?`,
    ).all(keep);
    const ids = rows.filter((row) => row.finished_ms < beforeMs).map((row) => row.id as JobId);
    const removals = [
      `DELETE FROM output WHERE item_id IN (SELECT item.id FROM item
       JOIN step ON step.id = item.step_id WHERE step.job_id = ?)`,
      "DELETE FROM item WHERE step_id IN (SELECT id FROM step WHERE job_id = ?)",
      "DELETE FROM item_pack WHERE step_id IN (SELECT id FROM step WHERE job_id = ?)",
      "DELETE FROM step WHERE job_id = ?",
      "DELETE FROM log WHERE job_id = ?",
      "DELETE FROM job WHERE id = ?",
    ].map((sql) => this.#database.prepare(sql));
    for (const id of ids) removals.forEach((removal) => removal.write(id));
    return ids;
  }

  #toJob(row: Row): Job {
    return {
      id: row.id,
      kind: row.kind,
      label: fromJson<string>(row.label)!,
      spec: fromJson(row.spec),
      state: row.state,
      attempt: row.attempt,
      priority: row.priority,
      sourceStarId: row.source_star_id ?? undefined,
      destStarId: row.dest_star_id ?? undefined,
      tallies: fromJson<Record<string, number>>(row.tallies) ?? {},
      report: fromJson(row.report),
      createdAtMs: row.created_ms,
      startedAtMs: row.started_ms ?? undefined,
      finishedAtMs: row.finished_ms ?? undefined,
      error: fromJson<ErrorData>(row.error),
      steps: this.steps(row.id).map(({ id: _, ...step }) => step),
    };
  }
}
