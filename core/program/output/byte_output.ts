/** Output made of bytes: for commands that write hundreds of thousands of lines a second. */
import type { ByteSink } from "../host.ts";

/** Bytes gathered before they are written. */
const WRITE_BYTES = 256 * 1024;

/** Room behind them, so that a line rarely has to be written early. */
const SLACK_BYTES = 64 * 1024;

const BILLION = 1_000_000_000;
const ZERO = 0x30;

const encoder = new TextEncoder();

/**
 * Gathers bytes and writes them in pieces of at least 256 KiB. Writing is synchronous, so a slow
 * reader slows the caller down and nothing piles up.
 *
 * `put…` methods but {@linkcode putText} need room that {@linkcode reserve} made. When the reader
 * goes away, what is written later is dropped.
 */
export class ByteOutput {
  readonly #sink: ByteSink;
  readonly #onClosed: (() => void) | undefined;
  #bytes = new Uint8Array(WRITE_BYTES + SLACK_BYTES);
  #length = 0;
  #isClosed = false;

  /** @param onClosed Called once, when the reader has gone away. */
  constructor(sink: ByteSink, onClosed?: () => void) {
    this.#sink = sink;
    this.#onClosed = onClosed;
  }

  /** Makes room for so many bytes. */
  reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    this.flush();
    if (count > this.#bytes.length) this.#bytes = new Uint8Array(count);
  }

  /** Adds text, as UTF-8; lone surrogates become U+FFFD. */
  putText(text: string): void {
    this.reserve(text.length * 3);
    this.#length += encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
  }

  /** Adds one byte. */
  putByte(byte: number): void {
    this.#bytes[this.#length++] = byte;
  }

  /** Adds some of the given bytes. */
  putBytes(from: Uint8Array, start = 0, end = from.length): void {
    // Most pieces are short, and a call of set() costs more than copying them here.
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = start; i < end; i++) bytes[at++] = from[i];
    this.#length = at;
  }

  /** Adds a whole number that isn't negative, in decimal digits (16 at most). */
  putNumber(value: number): void {
    if (value < BILLION) return this.#putDigits(value, countDigits(value));
    const high = Math.floor(value / BILLION);
    this.#putDigits(high, countDigits(high));
    this.#putDigits(value - high * BILLION, 9);
  }

  /** Adds a whole number below 1,000,000,000 in nine digits. */
  putNineDigits(value: number): void {
    this.#putDigits(value, 9);
  }

  /** Ends a line, and writes when enough has gathered. */
  endLine(): void {
    this.#bytes[this.#length++] = 0x0a;
    if (this.#length >= WRITE_BYTES) this.flush();
  }

  /** Writes out what was gathered. */
  flush(): void {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    if (bytes.length === 0 || this.#isClosed) return;
    try {
      this.#sink.write(bytes);
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      this.#isClosed = true;
      this.#onClosed?.();
    }
  }

  #putDigits(value: number, count: number): void {
    const bytes = this.#bytes;
    let rest = value | 0;
    for (let at = this.#length + count - 1; at >= this.#length; at--) {
      const next = (rest / 10) | 0;
      bytes[at] = ZERO + rest - next * 10;
      rest = next;
    }
    this.#length += count;
  }
}

function countDigits(value: number): number {
  let count = 1;
  for (let limit = 10; value >= limit && count < 9; limit *= 10) count++;
  return count;
}
