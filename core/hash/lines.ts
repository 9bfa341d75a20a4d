/** Lines of a byte stream that may be hostile: a line without end doesn't fill the memory. */

const LF = 0x0a;

/**
 * Splits pieces of a stream at each line feed and yields the lines without it; a last line without
 * one counts if it isn't empty. A line of more than `maxBytes` is skipped and yields null.
 * A yielded line is valid until the next is asked for.
 */
export function* splitLines(
  pieces: Iterable<Uint8Array>,
  maxBytes: number,
): Generator<Uint8Array | null> {
  const pending = new PendingLine(maxBytes);
  for (const piece of pieces) {
    let from = 0;
    for (let at = piece.indexOf(LF); at !== -1; at = piece.indexOf(LF, from)) {
      yield pending.complete(piece.subarray(from, at));
      from = at + 1;
    }
    pending.append(piece.subarray(from));
  }
  if (!pending.isEmpty) yield pending.complete(new Uint8Array(0));
}

/** The beginning of a line whose end wasn't seen yet. */
class PendingLine {
  #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(readonly maxBytes: number) {}

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#length += bytes.length;
    if (this.#length <= this.maxBytes) this.#pieces.push(bytes.slice());
    else this.#pieces = [];
  }

  complete(end: Uint8Array): Uint8Array | null {
    const length = this.#length + end.length;
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#length = 0;
    if (length > this.maxBytes) return null;
    return pieces.length === 0 ? end : concatenate([...pieces, end], length);
  }
}

function concatenate(pieces: Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
