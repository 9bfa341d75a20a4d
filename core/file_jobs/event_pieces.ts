/** Events of a sync as pieces of bytes, the way the job store keeps them. */
import type { SyncEvent } from "#core/sync/mod.ts";

/** Characters of one piece. */
const PIECE_CHARS = 128 * 1024;

/** Gathers events into pieces. */
export class EventPieces {
  #lines: string[] = [];
  #chars = 0;

  constructor(readonly keep: (piece: Uint8Array) => void) {}

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  add(event: SyncEvent): void {
    const line = JSON.stringify(event);
    this.#lines.push(line);
    this.#chars += line.length;
    if (this.#chars >= PIECE_CHARS) this.end();
  }

  /** Hands out what is gathered. */
  end(): void {
    if (this.isEmpty) return;
    const piece = new TextEncoder().encode(this.#lines.join("\n"));
    this.#lines = [];
    this.#chars = 0;
    this.keep(piece);
  }
}

/** The events of a piece. */
export function unpackEvents(piece: Uint8Array): SyncEvent[] {
  return new TextDecoder().decode(piece).split("\n").map((line) => JSON.parse(line));
}
