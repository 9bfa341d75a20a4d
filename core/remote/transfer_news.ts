/** What a transfer has to tell: a state, not a queue, so a slow caller costs no memory. */
import type { LargeCheckpoint } from "#core/system/mod.ts";
import type { PackCallSchema, TransferResponseSchema } from "#proto/gen/orbit/v1/files_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { abortable } from "#core/system/abortable.ts";
import { MAX_SEGMENTS, toCheckpoint } from "./codec/checkpoint.ts";
import { toWide } from "./codec/numbers.ts";

type News = MessageInitShape<typeof TransferResponseSchema>;

/** Progress of one large file, and which of its segments were told. */
interface Told {
  checkpoint: LargeCheckpoint;
  segments: Set<number>;
}

/** Bytes that wait for leave to be moved. */
interface Asking {
  bytes: number;
  go(): void;
}

/** Collects what happens between two messages. */
export class TransferNews {
  #written = 0;
  #verified = 0;
  /** All in all, told or not. */
  readonly #total = { written: 0, verified: 0 };
  /** Paces what would otherwise be asked for, once nobody is there to be asked. */
  #pace: ((bytes: number) => Promise<void>) | undefined;
  #asked = 0;
  #granted = 0;
  readonly #asking: Asking[] = [];
  readonly #told = new Map<number, Told>();
  readonly #changed = new Set<number>();
  /** Is told of each checkpoint, when nobody else is. */
  onCheckpoint: (() => void) | undefined;
  readonly #packCalls: MessageInitShape<typeof PackCallSchema>[] = [];
  /** Parcels by the call's id. */
  readonly #packCredit = new Map<number, number>();
  readonly #packCancels: number[] = [];
  #wake = Promise.withResolvers<void>();

  constructor(readonly signal: AbortSignal) {}

  moved(written: number, verified: number): void {
    this.#written += written;
    this.#verified += verified;
    this.#total.written += written;
    this.#total.verified += verified;
    this.wake();
  }

  /** From now on nobody grants anything: `pace` does. */
  goOnAlone(pace: (bytes: number) => Promise<void>): void {
    this.#pace = pace;
    this.#asked = 0;
    for (const { bytes, go } of this.#asking.splice(0)) pace(bytes).then(go, () => {});
  }

  /** Somebody else listens now, who was told nothing. */
  tellAgain(): void {
    this.#written = this.#total.written;
    this.#verified = this.#total.verified;
    for (const [index, { segments }] of this.#told) {
      segments.clear();
      this.#changed.add(index);
    }
    this.wake();
  }

  /** The newest checkpoints, by index of their action. */
  get checkpoints(): Map<number, LargeCheckpoint> {
    return new Map(Array.from(this.#told, ([index, { checkpoint }]) => [index, checkpoint]));
  }

  checkpoint(index: number, checkpoint: LargeCheckpoint): void {
    const before = this.#told.get(index);
    const goesOn = before !== undefined && before.checkpoint.staged === checkpoint.staged &&
      before.checkpoint.sourceVersion === checkpoint.sourceVersion;
    const segments = goesOn ? before.segments : new Set<number>();
    this.#told.set(index, { checkpoint, segments });
    this.#changed.add(index);
    this.onCheckpoint?.();
    this.wake();
  }

  /** Resolves when the caller has granted so many bytes more; rejects when it stops. */
  ask(bytes: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { signal } = this;
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#pace !== undefined) return abortable(signal, this.#pace(bytes));
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    const go = () => {
      signal.removeEventListener("abort", abort);
      resolve();
    };
    this.#asking.push({ bytes, go });
    this.#asked += bytes;
    this.wake();
    this.grant(0); // nothing is asked for nothing
    return promise;
  }

  /** More of what was asked for may go. */
  grant(bytes: number): void {
    this.#granted += bytes;
    while (this.#asking.length > 0 && this.#asking[0].bytes <= this.#granted) {
      const { bytes, go } = this.#asking.shift()!;
      this.#granted -= bytes;
      go();
    }
  }

  /** Content is needed. */
  packCall(call: MessageInitShape<typeof PackCallSchema>): void {
    this.#packCalls.push(call);
    this.wake();
  }

  /** A parcel more may come of a call. */
  packCredit(id: number): void {
    this.#packCredit.set(id, (this.#packCredit.get(id) ?? 0) + 1);
    this.wake();
  }

  /** No more parcels are needed of a call. */
  packCancel(id: number): void {
    this.#packCredit.delete(id);
    this.#packCancels.push(id);
    this.wake();
  }

  /** Makes {@linkcode next} resolve. */
  wake(): void {
    this.#wake.resolve();
  }

  /** Resolves when something has happened since the last {@linkcode take}. */
  next(): Promise<void> {
    return this.#wake.promise;
  }

  /** Messages of all that happened. */
  *take(): Generator<News> {
    this.#wake = Promise.withResolvers();
    if (this.#written > 0 || this.#verified > 0 || this.#asked > 0) {
      const value = {
        written: toWide(this.#written, "written"),
        verified: toWide(this.#verified, "verified"),
        asked: toWide(this.#asked, "asked"),
      };
      this.#written = this.#verified = this.#asked = 0;
      yield { news: { case: "progress", value } };
    }
    yield* this.#takePacks();
    for (const index of this.#changed) {
      this.#changed.delete(index);
      const { checkpoint, segments } = this.#told.get(index)!;
      const isNew = (segment: number) => !segments.has(segment);
      const message = toCheckpoint(checkpoint, MAX_SEGMENTS, isNew);
      for (const segment of message.segments!) segments.add(segment);
      yield { news: { case: "checkpoint", value: { index, checkpoint: message } } };
    }
  }

  *#takePacks(): Generator<News> {
    for (const value of this.#packCalls.splice(0)) yield { news: { case: "packCall", value } };
    for (const id of this.#packCancels.splice(0)) {
      yield { news: { case: "packCancel", value: { id } } };
    }
    for (const [id, parcels] of this.#packCredit) {
      this.#packCredit.delete(id);
      yield { news: { case: "packCredit", value: { id, parcels } } };
    }
  }
}
