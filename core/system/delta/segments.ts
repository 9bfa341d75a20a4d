/** A matched recipe in segments: of each the chunks that begin in it. */
import { HASH_BYTES } from "#core/hash/mod.ts";
import type { MatchedChunks, MatchedRecipe } from "./match.ts";

/** Where a segment begins: with which chunk, at which byte. */
interface Start {
  number: number;
  offset: number;
}

/** The segments of a file that is received as a delta: their bounds are those of chunks. */
export class DeltaSegments {
  readonly #recipe: MatchedRecipe;
  /** Of each segment, and of the end. */
  readonly #starts: Start[] = [];

  constructor(recipe: MatchedRecipe, segmentBytes: number) {
    this.#recipe = recipe;
    const { lengths } = recipe;
    let offset = 0;
    for (let number = 0; number < lengths.length; number++) {
      while (offset >= this.#starts.length * segmentBytes) this.#starts.push({ number, offset });
      offset += lengths[number];
    }
    const end = { number: lengths.length, offset };
    while (this.#starts.length < Math.ceil(offset / segmentBytes)) this.#starts.push(end);
    this.#starts.push(end);
  }

  /** The chunks of a segment. */
  chunks(index: number): MatchedChunks {
    const [{ number: from, offset }, { number: to }] = [
      this.#starts[index],
      this.#starts[index + 1],
    ];
    return {
      offset,
      lengths: this.#recipe.lengths.slice(from, to),
      hashes: this.#recipe.hashes.slice(from * HASH_BYTES, to * HASH_BYTES),
      places: this.#recipe.places.slice(from, to),
      holders: this.#recipe.holders?.slice(from, to),
    };
  }
}
