/** One run made from several that follow one another, in steps. */
import { pieceOf } from "./entry.ts";
import type { GonePieces } from "./gone_table.ts";
import { PageReader, type PageTable, PageWriter, toSlot } from "./page.ts";
import { endPageOf, type Run } from "./run.ts";

/** A merge in progress. What it has written is no part of the index until it is finished. */
export class Merge {
  readonly #inputs: PageReader[];
  readonly #gone: GonePieces;
  readonly #writer: PageWriter;

  constructor(
    table: PageTable,
    readonly runs: readonly Run[],
    gone: GonePieces,
    readonly epoch: number,
    firstPage: number,
  ) {
    this.#inputs = runs.map((run) => new PageReader(table, run.firstPage, endPageOf(run)));
    this.#gone = gone;
    this.#writer = new PageWriter(table, firstPage);
  }

  get firstPiece(): number {
    return this.runs[0].firstPiece;
  }

  get endPiece(): number {
    return this.runs.at(-1)!.endPiece;
  }

  /** Takes up to so many entries; returns whether there are more. */
  step(entries: number): boolean {
    for (let done = 0; done < entries; done++) {
      const input = this.#first();
      if (input === undefined) return false;
      const { keyHigh, slotLow, tail } = input;
      if (this.#gone.isEmpty || !this.#gone.has(pieceOf(toSlot(slotLow, tail)))) {
        this.#writer.add(keyHigh, slotLow, tail);
      }
      input.next();
    }
    return true;
  }

  #first(): PageReader | undefined {
    let first: PageReader | undefined;
    for (const input of this.#inputs) {
      if (!input.isOver && (first === undefined || input.isBefore(first))) first = input;
    }
    return first;
  }

  /** Writes the rest; what is to be inserted in place of the merged runs. */
  finish(): Omit<Run, "id"> {
    const fences = this.#writer.finish();
    const { firstPage, entries } = this.#writer;
    return { firstPiece: this.firstPiece, endPiece: this.endPiece, firstPage, entries, fences };
  }
}
