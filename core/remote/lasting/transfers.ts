/**
 * The batches of a Star by their jobs: those at work, and those that are over and of which nobody
 * has heard. A batch that loses its caller goes on alone, for a bounded time; whoever comes back
 * for its job claims it. Of two attempts at a job only one ever works.
 */
import { type Clock, systemClock } from "#core/clock.ts";
import { OrbitError, toErrorData } from "#core/errors.ts";
import { type Logger, silentLogger } from "#core/log/mod.ts";
import { Bandwidth, timetableOf } from "#core/bandwidth/mod.ts";
import type { ActionResult, WorkClaim, WorkName } from "#core/system/mod.ts";
import type { TransferNews } from "../transfer_news.ts";
import { Fences } from "./fences.ts";
import { decodeJournal, type JournalFile, JournalKeeper } from "./journal.ts";
import { Records, type WorkRecord } from "./records.ts";
import { type Listening, Work, type WorkOrder } from "./work.ts";

/** Batches that go on alone at the same time; one more ends with its call. */
const MAX_ALONE = 32;
/** How long a batch goes on alone. */
const ALONE_MS = 12 * 3_600_000;

/** What batches that last are kept with. */
export interface TransfersOptions {
  /** Where what the next process has to know is kept; nothing is when absent. */
  journal?: JournalFile;
  clock?: Clock;
  log?: Logger;
  /** Ends all work. */
  signal?: AbortSignal;
}

/** What somebody claimed: it is theirs. */
export interface Claimed {
  records: WorkRecord[];
  /** Still at work, each told of to whoever claimed it. */
  listening: Listening[];
}

/** What paces the batches of one job that go on alone. */
interface Pacer {
  pace(bytes: number): Promise<void>;
  over: AbortController;
}

type Run = (news: TransferNews, signal: AbortSignal) => Promise<ActionResult[]>;

export class Transfers implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #closing: AbortSignal | undefined;
  readonly #works = new Set<Work>();
  readonly #records = new Records();
  readonly #fences: Fences;
  readonly #journal: JournalKeeper | undefined;
  /** By job: all its batches that go on alone share one. */
  readonly #pacers = new Map<string, Pacer>();

  private constructor(
    { journal, clock = systemClock, log = silentLogger, signal }: TransfersOptions,
    known: { fences: WorkClaim[]; records: WorkRecord[] } = { fences: [], records: [] },
  ) {
    this.#clock = clock;
    this.#log = log;
    this.#closing = signal;
    this.#fences = new Fences(known.fences);
    for (const record of known.records) this.#records.add(record);
    const content = () => ({ fences: this.#fences, records: this.#unheard() });
    this.#journal = journal && new JournalKeeper({ file: journal, clock, log, content });
    const stop = () => {
      for (const work of this.#works) work.stop(signal!.reason);
    };
    signal?.addEventListener("abort", stop, { once: true });
  }

  /** Without a journal. */
  static create(options: Omit<TransfersOptions, "journal">): Transfers {
    return new Transfers(options);
  }

  /** A journal that can't be read is left aside: what it knew of is done again. */
  static async open(options: TransfersOptions & { journal: JournalFile }): Promise<Transfers> {
    try {
      const bytes = await options.journal.read();
      return new Transfers(options, bytes === null ? undefined : decodeJournal(bytes));
    } catch (error) {
      options.log?.warn("the journal of transfers can't be read: unfinished work is done again", {
        error: toErrorData(error),
      });
      return new Transfers(options);
    }
  }

  /** How many batches go on without anybody who is told. */
  get alone(): number {
    return [...this.#works].filter((work) => work.isAlone).length;
  }

  /**
   * Begins a batch, once what is in its way has really ended: batches of the job that are of older
   * attempts, and those that nobody came back for.
   *
   * @throws {OrbitError} `conflict` when a newer attempt was seen.
   */
  begin(order: WorkOrder, run: Run): Work {
    const { name } = order;
    const isNews = name !== undefined && this.#fences.raise(name);
    const cleared = name && this.#clear(this.#inTheWay(name), replaced(name));
    const work = new Work(order, async (news, signal) => {
      await cleared; // in any case not before whoever begins it has it in hand
      if (isNews) await this.#keepFence(name);
      signal.throwIfAborted();
      return await run(news, signal);
    });
    this.#works.add(work);
    void work.over.then(() => this.#ended(work));
    return work;
  }

  /** Whoever listened is gone: the batch goes on alone, or ends. Resolves when either is so. */
  async leave(listening: Listening, reason: unknown): Promise<void> {
    const { work } = listening;
    if (!work.leave(listening, reason)) return; // somebody else listens
    if (work.end !== undefined) return work.heard.told ? undefined : this.#journal?.changed();
    if (this.#mayGoOn(work)) return this.#goOn(work);
    work.stop(stopped());
    await work.over;
  }

  /**
   * Takes over everything that older attempts at a job left.
   *
   * @throws {OrbitError} `conflict` when a newer attempt was seen.
   */
  async claim(claim: WorkClaim): Promise<Claimed> {
    if (this.#fences.raise(claim)) await this.#keepFence(claim);
    const works = [...this.#works].filter((work) => work.isOf(claim.job));
    const mine = works.filter(({ order, isStopping }) => order.canGoOn && !isStopping);
    for (const work of mine) work.fence = claim.fence;
    const listening = mine.map((work) => {
      const listening = work.listen(replaced(claim));
      work.news.goOnAlone(this.#pacer(work.order.name!));
      work.news.onCheckpoint = undefined;
      work.news.tellAgain();
      return listening;
    });
    if (mine.length > 0) this.#journal?.changed();
    const others = works.filter((work) => !mine.includes(work));
    await this.#clear(others, replaced(claim));
    const records = this.#records.of(claim.job);
    if (mine.length + records.length > 0) {
      this.#log.info("transfers claimed", { ...claim, at_work: mine.length, over: records.length });
    }
    return { records, listening };
  }

  /** Somebody has heard of what was kept. */
  heard(records: readonly WorkRecord[]): void {
    for (const { heard } of records) heard.told = true;
    if (records.length > 0) this.#journal?.changed();
  }

  /**
   * Ends the batches of a job, of this attempt and older ones; resolves when none is at work.
   *
   * @throws {OrbitError} `conflict` when a newer attempt was seen.
   */
  async stop(claim: WorkClaim): Promise<void> {
    if (this.#fences.raise(claim)) await this.#keepFence(claim);
    const works = [...this.#works].filter((work) => work.isOf(claim.job));
    await this.#clear(works, stopped());
    if (works.length > 0) this.#log.info("transfers ended", { ...claim, count: works.length });
    this.#records.forget(claim.job);
    this.#journal?.changed();
  }

  #inTheWay({ job, fence }: WorkName): Work[] {
    return [...this.#works].filter((work) =>
      work.isOf(job) && (work.fence < fence || work.isAlone)
    );
  }

  /** Ends batches, and waits until they really have. */
  async #clear(works: Work[], why: OrbitError): Promise<void> {
    for (const work of works) work.stop(why);
    await Promise.all(works.map(({ over }) => over));
  }

  /** Before anything of a later attempt is done it must be known after a restart, too. */
  async #keepFence({ fence }: WorkClaim): Promise<void> {
    if (fence > 1) await this.#journal?.flush();
  }

  #mayGoOn(work: Work): boolean {
    const { order: { name, canGoOn }, isStopping } = work;
    return name !== undefined && canGoOn && !isStopping && this.#closing?.aborted !== true &&
      this.alone <= MAX_ALONE;
  }

  #goOn(work: Work): void {
    const { name } = work.order;
    this.#log.info("transfer goes on while the Nucleus is away", { job: name!.job });
    work.news.goOnAlone(this.#pacer(name!));
    work.news.onCheckpoint = () => this.#journal?.changed();
    void this.#limit(work);
    this.#journal?.changed();
  }

  /** Ends the batch when it was alone for too long. */
  async #limit(work: Work): Promise<void> {
    const isLate = await this.#clock.sleep(ALONE_MS, { signal: work.alone })
      .then(() => true, () => false);
    if (isLate) work.stop(tooLong());
  }

  #pacer({ job, ...limits }: WorkName): (bytes: number) => Promise<void> {
    const timetable = timetableOf(limits);
    if (timetable.length === 0) return () => Promise.resolve();
    const known = this.#pacers.get(job);
    if (known !== undefined) return known.pace;
    const over = new AbortController();
    const limit = new Bandwidth(timetable, this.#clock);
    const pace = async (bytes: number) => await limit.take(job, bytes, over.signal);
    this.#pacers.set(job, { pace, over });
    return pace;
  }

  #ended(work: Work): void {
    this.#works.delete(work);
    const { name } = work.order;
    if (name === undefined) return;
    if (![...this.#works].some((other) => other.isOf(name.job))) {
      this.#pacers.get(name.job)?.over.abort();
      this.#pacers.delete(name.job);
    }
    const record = this.#recordOf(work);
    // Who listens hears of trouble, and has heard of progress.
    if (record.results === undefined && (work.isHeard || record.checkpoints.size === 0)) return;
    this.#records.add(record);
    if (!work.isHeard) void this.#journal?.flush();
  }

  /** What the next process has to know. */
  *#unheard(): Generator<WorkRecord> {
    for (const record of this.#records) if (!record.heard.told) yield record;
    for (const work of this.#works) if (work.isAlone) yield this.#recordOf(work);
  }

  #recordOf({ order: { name, paths }, news, end, heard }: Work): WorkRecord {
    const { job, step } = name!;
    const results = end !== undefined && "results" in end ? end.results : undefined;
    const checkpoints = results === undefined ? news.checkpoints : new Map();
    return { job, step, paths, checkpoints, results, heard, atMs: this.#clock.now() };
  }

  /** Writes what isn't written, once all work has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Array.from(this.#works, ({ over }) => over));
    await this.#journal?.[Symbol.asyncDispose]();
  }
}

/** What work ends with when its caller doesn't want it any more. */
export function stopped(): OrbitError {
  return new OrbitError("unavailable", "transfer: stopped by its caller");
}

function replaced({ job, fence }: WorkClaim): OrbitError {
  return new OrbitError("conflict", `transfer: attempt ${fence} of job ${job} took its place`);
}

function tooLong(): OrbitError {
  const text = `transfer: nobody came back for it in ${ALONE_MS / 3_600_000} hours`;
  return new OrbitError("unavailable", text);
}
