/** Parcels out of an answer that a source may never end, or never go on with. */
import { PARCEL_BYTES } from "#core/system/parcel/format.ts";
import type { Spares } from "#core/system/parcel/spares.ts";
import { broken, type HttpAnswer } from "./http.ts";

/** How long is waited. */
export interface ParcelPatience {
  /** Between two pieces of a parcel. */
  silenceMs: number;
  /** For a parcel whole; for ever when absent, as long as something comes. */
  parcelMs?: number;
  /** Is told of either. */
  onSilence: (why: string) => void;
}

/** How often within the time of a silence is looked whether there is one. */
const LOOKS = 4;

/** Parcels this large get a buffer that goes round. */
const LEAST_SPARE = PARCEL_BYTES / 4;

/** Cuts an answer into parcels, each read into a buffer of its own. */
export class ParcelStream implements Disposable {
  readonly #answer: HttpAnswer;
  readonly #spares: Spares | undefined;
  /** One for the whole stream: a timer for each read would cost more than the read. */
  readonly #watch: ReturnType<typeof setInterval>;
  readonly #head = new Uint8Array(4);
  #isWaiting = false;
  #received = 0;
  /** Looks at it since something came, or began to be waited for. */
  #looks = 0;
  /** Looks at it since the parcel began to be waited for. */
  #parcelLooks = 0;

  constructor(
    answer: HttpAnswer,
    { silenceMs, parcelMs = Infinity, onSilence, spares }: ParcelPatience & { spares?: Spares },
  ) {
    this.#answer = answer;
    this.#spares = spares;
    const lookMs = silenceMs / LOOKS;
    this.#watch = setInterval(() => {
      if (answer.received !== this.#received) this.#looks = 0;
      this.#received = answer.received;
      // One who reads slowly isn't kept waiting by the source.
      if (!this.#isWaiting) return;
      if (++this.#looks > LOOKS) onSilence(`nothing came for ${silenceMs / 1000} s`);
      if (++this.#parcelLooks * lookMs > parcelMs) {
        onSilence(`no whole parcel came within ${parcelMs / 1000} s`);
      }
    }, lookMs);
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.#parcelLooks = 0;
    const had = await this.#read(this.#head);
    if (had === 0) return undefined;
    if (had < this.#head.length) throw broken("it was cut off");
    const length = new DataView(this.#head.buffer).getUint32(0, true);
    if (length === 0 || length > PARCEL_BYTES) throw broken("a parcel has a length that none has");
    const parcel = this.#bufferFor(length);
    if (await this.#read(parcel) < length) throw broken("it was cut off");
    return parcel;
  }

  #bufferFor(length: number): Uint8Array<ArrayBuffer> {
    if (length < LEAST_SPARE) return new Uint8Array(length);
    const whole = this.#spares?.take() ?? new Uint8Array(PARCEL_BYTES);
    return whole.subarray(0, length);
  }

  async #read(into: Uint8Array<ArrayBuffer>): Promise<number> {
    [this.#isWaiting, this.#looks] = [true, 0];
    try {
      return await this.#answer.read(into);
    } finally {
      this.#isWaiting = false;
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#watch);
  }
}
