/** Buffers of parcels that were read, for the next ones. */
import { PARCEL_BYTES } from "./format.ts";

/** Buffers kept at most. */
const MAX_KEPT = 8;

/**
 * Buffers that go round. Making one costs as much as filling it: its memory is new to the process
 * each time, and many that are dropped have memory searched for what can be freed.
 */
export class Spares {
  readonly #kept: Uint8Array<ArrayBuffer>[] = [];

  /** A whole buffer that nobody uses any more, if there is one. */
  take(): Uint8Array<ArrayBuffer> | undefined {
    return this.#kept.pop();
  }

  /** Keeps the buffer of a parcel, which its giver uses no more. */
  give({ buffer }: Uint8Array<ArrayBuffer>): void {
    const isWhole = buffer.byteLength === PARCEL_BYTES;
    if (isWhole && this.#kept.length < MAX_KEPT) this.#kept.push(new Uint8Array(buffer));
  }
}
