/**
 * One step of one attempt: produces items, claims them in batches for the handler, records what
 * becomes of them, and tells when the step is over.
 */
import { type Clock, nextTurn } from "#core/clock.ts";
import { type ErrorData, OrbitError, toErrorData } from "#core/errors.ts";
import { retryDelayMs, shouldRetry } from "#core/retry.ts";
import { copyProgress, noProgress, type StepProgress } from "./event.ts";
import type { StepContext, StepHandler } from "./handler.ts";
import { checkItem, type ItemOutcome, type NewItem, sizeItem, type Tally } from "./item.ts";
import type { StoredItem } from "./item_row.ts";
import type { ItemTable } from "./item_table.ts";
import type { StepRow } from "./job_table.ts";
import type { OutputTable } from "./output_table.ts";
import { ItemsAtWork } from "./items_at_work.ts";
import { Breather } from "./pacer.ts";
import { PutOffItems } from "./put_off.ts";
import { ReadyQueue, type WindowBounds } from "./ready_queue.ts";

/** What a step needs of the run it belongs to. */
export interface StepHost {
  readonly items: ItemTable;
  readonly outputs: OutputTable;
  readonly attempt: number;
  readonly clock: Clock;
  readonly window: WindowBounds;
  random(): number;
  /** A context for the step's handler, with one of the run's signals or a narrower one. */
  context(step: StepRow, signal: AbortSignal): StepContext;
  /** Aborts when running batches should end early. */
  readonly signal: AbortSignal;
  /** Outcomes or items were written. */
  changed(count: number): void;
  produced(step: StepRow, progress: StepProgress): void;
  productionEnded(step: StepRow): void;
  outcomes(
    step: StepRow,
    outcomes: readonly ItemOutcome[],
    retrying: readonly string[],
    progress: StepProgress,
  ): void;
  /** The engine itself failed (a write, an observer): the run can't go on. */
  crash(error: unknown): void;
}

/** Between two turns of the event loop: a fraction of what a batch takes, lest workers wait. */
const TURN_EVERY_MS = 2;

export class StepRun {
  readonly progress: StepProgress = noProgress();
  /** Why production failed. */
  error?: ErrorData;
  readonly #step: StepRow;
  readonly #handler: StepHandler;
  readonly #host: StepHost;
  readonly #context: StepContext;
  readonly #queue: ReadyQueue;
  /** Whether no earlier attempt left items, so that keys can only be new. */
  readonly #isFresh: boolean;
  readonly #atWork = new ItemsAtWork();
  readonly #production = new AbortController();
  readonly #breather: Breather;
  readonly #end = Promise.withResolvers<void>();
  readonly #waiting: PutOffItems;
  #producing = false;
  #batches = 0;
  #stopped = false;
  #ended = false;

  constructor(step: StepRow, handler: StepHandler, host: StepHost) {
    this.#step = step;
    this.#handler = handler;
    this.#host = host;
    this.#context = host.context(step, host.signal);
    this.#breather = new Breather(host.clock, TURN_EVERY_MS);
    this.#isFresh = host.items.isEmpty(step.id);
    if (!this.#isFresh) this.#recall();
    this.#queue = new ReadyQueue(host.items, step.id, host.window);
    const { items, clock } = host;
    const onDue = () => this.#guard(() => this.#takeDue());
    this.#waiting = new PutOffItems({ items, clock, stepId: step.id, onDue });
  }

  /** Counts what is there already: of a step that plans anew only what this attempt brought. */
  #recall(): void {
    const { progress } = this;
    const counts = this.#host.items.counts(this.#step.id);
    if (this.#handler.replan) return add(progress.produced, counts.pending);
    for (const state of ["done", "failed", "skipped"] as const) progress[state] = counts[state];
    for (const tally of Object.values(counts)) add(progress.produced, tally);
  }

  /** Ids of the items that are being processed. */
  get runningIds(): number[] {
    return this.#atWork.ids;
  }

  /** Whether production came to its end and every item is over. */
  get isComplete(): boolean {
    return !this.error && this.#step.produced && !this.#producing && this.#batches === 0 &&
      this.#queue.length === 0 && this.#waiting.count === 0;
  }

  /** Runs until the step is complete, has failed, or was stopped and its batches have ended. */
  async run(): Promise<void> {
    this.#guard(() => {
      if (!this.#step.produced) {
        if (this.#handler.produce) void this.#produce();
        else this.#endProduction();
      }
      this.#dispatch();
    });
    await this.#end.promise;
  }

  /** Claims and produces nothing more. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#production.abort();
    this.#waiting.stop();
    this.#settle();
  }

  /** Ends now: whatever handlers still report is ignored. */
  abandon(): void {
    this.stop();
    this.#ended = true;
    this.#atWork.clear();
    this.#end.resolve();
  }

  /** Keeps progress of an item that is being processed. */
  checkpoint(key: string, value: unknown): void {
    const item = this.#atWork.get(key);
    if (!item) return;
    this.#host.items.setCheckpoint(item.id, value);
    this.#guard(() => this.#host.changed(1));
  }

  /** Keeps a piece of output of an item that is being processed. */
  output(key: string, data: Uint8Array): void {
    const item = this.#atWork.get(key);
    if (!item || this.#ended) return;
    this.#guard(() => {
      this.#host.items.keep([item]);
      this.#host.outputs.add(item.id, this.#atWork.addOutput(item), data);
      this.#host.changed(1);
    });
  }

  /** The item is over or given back: its next claim starts its outputs anew. */
  #letGo(item: StoredItem, isDone: boolean): void {
    const had = this.#atWork.end(item);
    const isRepeated = item.failures > 0 || this.#host.attempt > 1;
    if (isDone && !had && isRepeated) this.#host.outputs.clear(item.id);
  }

  async #produce(): Promise<void> {
    this.#producing = true;
    const context = this.#host.context(this.#step, this.#production.signal);
    try {
      if (!this.#isFresh) await this.#unpack();
      if (!this.#isFresh && !this.#stopped) await this.#recover();
      for await (const items of this.#stopped ? [] : this.#handler.produce!(context)) {
        if (this.#stopped) break;
        this.#accept(items);
        if (this.#breather.isDue()) await nextTurn();
        if (this.#stopped) break;
      }
      if (!this.#stopped) this.#endProduction();
    } catch (error) {
      if (!this.#stopped) this.error = toErrorData(error);
    }
    this.#producing = false;
    if (this.error) this.stop();
    this.#guard(() => this.#dispatch());
  }

  /** Has done items of earlier attempts found by their keys. */
  async #unpack(): Promise<void> {
    let count: number;
    do {
      count = 0;
      this.#guard(() => {
        count = this.#host.items.unpack(this.#step.id);
        this.#host.changed(count);
      });
      if (this.#breather.isDue()) await nextTurn();
    } while (count > 0 && !this.#stopped);
  }

  /** Learns what became of items that an earlier attempt left at work. */
  async #recover(): Promise<void> {
    const { items } = this.#host;
    const find = (key: string) => items.left(this.#step.id, key);
    for await (const found of this.#handler.recover?.(this.#context, find) ?? []) {
      if (this.#stopped) return;
      const item = find(found.key);
      if (item === undefined) continue;
      this.#guard(() => {
        if ("checkpoint" in found) items.setCheckpoint(item.id, found.checkpoint);
        else this.#recordLeft(item, found);
        this.#host.changed(1);
      });
    }
  }

  #recordLeft(item: StoredItem, outcome: ItemOutcome & { state: "done" }): void {
    this.#host.items.setDone(item.id, outcome.result);
    count(this.progress.produced, item);
    count(this.progress.done, item);
    this.#host.outcomes(this.#step, [outcome], [], copyProgress(this.progress));
  }

  /** Stores produced items and lets them be claimed. */
  #accept(produced: readonly NewItem[]): void {
    if (produced.length === 0) return;
    const add = this.#prepareAdding(produced);
    this.#guard(() => {
      const added = add();
      this.#queue.add(added);
      for (const item of added) count(this.progress.produced, item);
      this.#host.changed(0);
      this.#host.produced(this.#step, copyProgress(this.progress));
      this.#dispatch();
    });
  }

  /** @throws {OrbitError} `invalid` when an item can't be stored. */
  #prepareAdding(produced: readonly NewItem[]): () => StoredItem[] {
    const { items: table, attempt } = this.#host;
    const { replan, distinct } = this.#handler;
    const { id } = this.#step;
    if (replan && distinct && this.#isFresh) {
      const items = produced.map(sizeItem);
      return () => table.insertLater(id, attempt, items);
    }
    const items = produced.map(checkItem);
    if (replan && !this.#isFresh) return () => table.insertOrRenew(id, attempt, items);
    return () => table.insert(id, attempt, items);
  }

  #endProduction(): void {
    this.#guard(() => {
      if (this.#handler.replan && !this.#isFresh) {
        const stale = this.#host.items.skipStale(this.#step.id, "no longer needed");
        add(this.progress.produced, stale);
        add(this.progress.skipped, stale);
      }
      this.#host.productionEnded(this.#step);
    });
  }

  /** Starts as many batches as are allowed and there is work for. */
  #dispatch(): void {
    const { batch, concurrency } = this.#handler;
    while (!this.#stopped && this.#batches < concurrency) {
      const items = this.#queue.take(batch.maxItems, batch.maxWeight);
      if (items.length === 0) break;
      if (this.#handler.recover) this.#claim(items);
      this.#atWork.begin(items);
      this.#batches++;
      void this.#process(items);
    }
    this.#settle();
  }

  /** Has a later attempt find these items, from the next flush on. */
  #claim(items: readonly StoredItem[]): void {
    this.#host.items.claim(items);
    this.#host.changed(0);
  }

  async #process(items: StoredItem[]): Promise<void> {
    try {
      const outcomes = this.#handler.process(items, this.#context);
      if (Symbol.asyncIterator in outcomes) {
        for await (const part of outcomes) this.#record(Array.isArray(part) ? part : [part]);
      } else {
        this.#record(await outcomes);
      }
      this.#fail(items, { code: "internal", message: "the handler gave no outcome", detail: {} });
    } catch (error) {
      this.#fail(items, toErrorData(error));
    }
    if (this.#breather.isDue()) await nextTurn();
    this.#batches--;
    this.#guard(() => this.#dispatch());
  }

  /** What a batch left without an outcome has failed, unless it was told to end early. */
  #fail(items: StoredItem[], error: ErrorData): void {
    const left = items.filter((item) => this.#atWork.has(item));
    if (left.length === 0) return;
    if (this.#host.signal.aborted) left.forEach((item) => this.#letGo(item, false));
    else this.#record(left.map(({ key }) => ({ key, state: "failed", error })));
  }

  #record(outcomes: readonly ItemOutcome[]): void {
    if (this.#ended || outcomes.length === 0) return;
    const recorded: ItemOutcome[] = [], retrying: string[] = [];
    let stray: string | undefined;
    this.#guard(() => {
      for (const outcome of outcomes) {
        const item = this.#atWork.get(outcome.key);
        if (!item) {
          stray ??= outcome.key;
          continue;
        }
        this.#letGo(item, outcome.state === "done");
        recorded.push(this.#store(item, outcome, retrying));
      }
      this.#host.changed(recorded.length);
      this.#host.outcomes(this.#step, recorded, retrying, copyProgress(this.progress));
    });
    if (stray === undefined) return;
    const state = "it isn't being processed";
    throw new OrbitError("internal", `report item ${JSON.stringify(stray)}: ${state}`);
  }

  /** Stores an outcome; returns it as it was stored. */
  #store(item: StoredItem, outcome: ItemOutcome, retrying: string[]): ItemOutcome {
    const { items } = this.#host;
    if (outcome.state === "done") {
      try {
        items.setDone(item.id, outcome.result);
      } catch (error) {
        if (!(error instanceof OrbitError && error.code === "invalid")) throw error;
        const failed = { key: item.key, state: "failed", error: toErrorData(error) } as const;
        return this.#store(item, failed, retrying);
      }
    } else if (outcome.state === "skipped") {
      items.setSkipped(item.id, outcome.reason);
    } else if (shouldRetry(this.#handler.retry, item.failures + 1, outcome.error)) {
      this.#putOff(item, outcome.error);
      retrying.push(item.key);
      return outcome;
    } else {
      items.setFailed(item.id, item.failures + 1, outcome.error);
    }
    count(this.progress[outcome.state], item);
    return outcome;
  }

  #putOff(item: StoredItem, error: ErrorData): void {
    const { retry } = this.#handler;
    const delayMs = retryDelayMs(retry, item.failures + 1, () => this.#host.random());
    this.#waiting.add(item, error, delayMs);
    this.progress.retries++;
  }

  #takeDue(): void {
    this.#queue.addRetries(this.#waiting.takeDue(this.#queue.retries));
    this.#dispatch();
  }

  /** Ends the run of the step when nothing is left to do or to wait for. */
  #settle(): void {
    if (this.#batches > 0 || this.#producing) return;
    if (!this.#stopped && !this.isComplete) return;
    this.#waiting.stop();
    this.#ended = true;
    this.#end.resolve();
  }

  /** Errors of the engine's own end the run; those of handlers never come here. */
  #guard(action: () => void): void {
    if (this.#ended) return;
    try {
      action();
    } catch (error) {
      this.#host.crash(error);
    }
  }
}

function count(tally: Tally, item: StoredItem): void {
  tally.items++;
  tally.weight += item.weight;
}

function add(tally: Tally, more: Tally): void {
  tally.items += more.items;
  tally.weight += more.weight;
}
