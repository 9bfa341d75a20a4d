/** A batch on its way from a source: what fetching any of its files is made with. */
import { OrbitError } from "#core/errors.ts";
import { abortable } from "./abortable.ts";
import type { Executor, WorkStep, WorkStream } from "./executor.ts";
import type { NearbyChunks } from "./parcel/nearby.ts";
import type { PackItem, PackSource } from "./parcel/request.ts";
import { Spares } from "./parcel/spares.ts";
import type { ActionResult, TransferOptions, TransferRequest } from "./system.ts";
import { blameSource } from "./work/source_trouble.ts";

/** Parcels given to a worker that it may not have taken yet, so that it never waits for the next. */
const PARCELS_AHEAD = 1;

/** A batch, who has its content, and who makes its files. */
export class Reception {
  readonly #spares = new Spares();

  constructor(
    readonly executor: Executor,
    readonly source: PackSource,
    readonly request: TransferRequest,
    readonly options: TransferOptions,
  ) {}

  /** Tells that bytes were moved. */
  moved({ bytes, verified }: ActionResult): void {
    this.options.onBytes?.(bytes, verified);
  }

  /** Fetches items and gives their parcels to work, as long as it wants any; what it returns. */
  async pour<Step, End>(
    items: PackItem[],
    work: WorkStream<Step, End>,
    take: (step: Step) => void = () => {},
  ): Promise<End> {
    return await this.#pour(this.pack(items), work, take);
  }

  /** As `pour`, of chunks that somebody holds near here. */
  async pourNear<End>(
    near: NearbyChunks,
    hashes: Uint8Array,
    work: WorkStream<unknown, End>,
  ): Promise<End> {
    const { signal } = this.options;
    const parcels = near.packChunks(hashes, { signal, spares: this.#spares });
    return await this.#pour(this.#paced(parcels), work, () => {});
  }

  async #pour<Step, End>(
    parcels: AsyncIterable<Uint8Array<ArrayBuffer>>,
    work: WorkStream<Step, End>,
    take: (step: Step) => void,
  ): Promise<End> {
    const pouring = new Pouring(work, take, this.#spares);
    try {
      pouring.give();
      for await (const parcel of parcels) {
        pouring.give(parcel);
        const end = await pouring.hear(PARCELS_AHEAD);
        if (end !== undefined) return end.value;
      }
      pouring.give();
      const end = await pouring.hear(0);
      if (end === undefined) throw new OrbitError("internal", "receive: work without an end");
      return end.value;
    } catch (error) {
      // What was made before is made, whatever came after.
      await pouring.hear(0).catch(() => {});
      throw error;
    } finally {
      await work.close();
    }
  }

  /** Parcels of items, at the pace that is allowed. */
  pack(items: PackItem[]): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { sources, options: { followLinks } } = this.request;
    const options = { signal: this.options.signal, spares: this.#spares };
    return this.#paced(this.source.pack({ sources, items, followLinks }, options));
  }

  async *#paced(
    parcels: AsyncIterable<Uint8Array<ArrayBuffer>>,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { signal, pace } = this.options;
    const iterator = parcels[Symbol.asyncIterator]();
    try {
      while (true) {
        const { done, value } = await this.#next(iterator);
        if (done) return;
        if (pace !== undefined) await abortable(signal, pace(value.length));
        yield value;
      }
    } finally {
      const ended = Promise.resolve(iterator.return?.()).catch(() => {});
      // A source that doesn't answer must not hold up who no longer wants an answer.
      if (!signal?.aborted) await ended;
    }
  }

  async #next<T>(parcels: AsyncIterator<T>): Promise<IteratorResult<T>> {
    const { signal } = this.options;
    try {
      return await abortable(signal, parcels.next());
    } catch (error) {
      throw signal?.aborted ? signal.reason : blameSource(error);
    }
  }
}

/** Steps of work that are given before those before them are heard of. */
class Pouring<Step, End> {
  readonly #ahead: Promise<WorkStep<Step, End>>[] = [];

  constructor(
    readonly work: WorkStream<Step, End>,
    readonly take: (step: Step) => void,
    readonly spares: Spares,
  ) {}

  /** Gives it a parcel, or without one the start or the end. */
  give(parcel?: Uint8Array<ArrayBuffer>): void {
    const step = this.work.next(parcel);
    step.catch(() => {}); // reported when it is awaited
    this.#ahead.push(step);
  }

  /** Waits until so many steps at most aren't heard of; the work's end, if it came. */
  async hear(most: number): Promise<{ value: End } | undefined> {
    while (this.#ahead.length > most) {
      const { done, value, spare } = await this.#ahead.shift()!;
      if (spare !== undefined) this.spares.give(spare);
      if (done) return { value };
      this.take(value);
    }
  }
}
