/** Content that the caller of a transfer fetches and passes on: the Star's end of a relay. */
import { fromErrorData } from "#core/errors.ts";
import {
  type CallOptions,
  type PackRequest,
  type PackSource,
  PARCEL_BYTES,
} from "#core/system/mod.ts";
import { abortable } from "#core/system/abortable.ts";
import type { RelayedParcel, RelayEnd } from "#proto/gen/orbit/v1/files_pb.ts";
import { blameRequest } from "./codec/blame.ts";
import { toPackRequest } from "./codec/pack_request.ts";
import { fromProblem } from "./codec/problem.ts";
import { ownParcel } from "./own_parcel.ts";
import type { TransferNews } from "./transfer_news.ts";

/** Parcels of one call that may be on their way or waiting. */
const CREDIT = 4;

/** Asks by news, and is told what comes back. */
export class RelayedSource implements PackSource {
  readonly name = "relay";
  readonly #news: TransferNews;
  readonly #calls = new Map<number, Inflow>();
  #last = 0;

  constructor(news: TransferNews) {
    this.#news = news;
  }

  async *pack(
    request: PackRequest,
    { signal }: CallOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    signal?.throwIfAborted();
    const id = ++this.#last;
    const inflow = new Inflow();
    this.#calls.set(id, inflow);
    this.#news.packCall({ id, request: toPackRequest(request), credit: CREDIT });
    try {
      while (true) {
        const parcel = await abortable(signal, inflow.take());
        if (parcel === undefined) return;
        inflow.credit++;
        this.#news.packCredit(id);
        yield parcel;
      }
    } finally {
      this.#calls.delete(id);
      if (!inflow.isOver) this.#news.packCancel(id);
    }
  }

  /** @throws `invalid` for what wasn't called for. */
  parcel({ id, parcel }: RelayedParcel): void {
    const inflow = this.#find(id);
    if (parcel.length === 0 || parcel.length > PARCEL_BYTES) {
      throw blameRequest("parcel.parcel", `${parcel.length} bytes`);
    }
    inflow?.put(parcel);
  }

  /** As `parcel`. */
  end({ id, problem }: RelayEnd): void {
    const error = problem && fromErrorData(fromProblem(problem, "end.problem", blameRequest));
    this.#find(id)?.end(error);
  }

  /** The call, unless it was given up while this was on its way. */
  #find(id: number): Inflow | undefined {
    if (id === 0 || id > this.#last) throw blameRequest("id", "nothing was called for by it");
    return this.#calls.get(id);
  }
}

/** What has come of one call and wasn't taken. */
class Inflow {
  /** Parcels that may still come. */
  credit = CREDIT;
  readonly #parcels: Uint8Array[] = [];
  #over: { error?: Error } | undefined;
  #news = Promise.withResolvers<void>();

  get isOver(): boolean {
    return this.#over !== undefined;
  }

  put(parcel: Uint8Array): void {
    if (this.isOver) throw blameRequest("parcel", "after the end");
    if (this.credit-- === 0) throw blameRequest("parcel", "more than there was credit for");
    this.#parcels.push(parcel);
    this.#news.resolve();
  }

  end(error: Error | undefined): void {
    if (this.isOver) throw blameRequest("end", "after the end");
    this.#over = { error };
    this.#news.resolve();
  }

  /** The next parcel; undefined after the last one. One at a time. */
  async take(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    while (this.#parcels.length === 0) {
      if (this.#over?.error !== undefined) throw this.#over.error;
      if (this.#over !== undefined) return undefined;
      this.#news = Promise.withResolvers();
      await this.#news.promise;
    }
    return ownParcel(this.#parcels.shift()!);
  }
}
