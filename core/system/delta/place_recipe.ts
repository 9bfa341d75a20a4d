/** Where the destination has the chunks of a recipe in the file that is to be replaced. */
import { type ChunkList, type ChunkParameters, concatChunkLists } from "#core/cdc/mod.ts";
import { chunkInParallel } from "../chunking.ts";
import type { Executor } from "../executor.ts";
import { type MatchedRecipe, matchRecipe } from "./match.ts";
import { LEAST_MATCH, searchLimit } from "./parameters.ts";

/** A file of the destination. */
export interface Basis {
  executor: Executor;
  base: string;
  path: string;
  parameters: ChunkParameters;
  signal: AbortSignal | undefined;
  /** How many chunks are taken for found by the last of them; what is wrong shows in the end. */
  stride: number;
}

/** Looks for parts of a recipe as they come. */
export class RecipePlacing {
  readonly #parts: Promise<Float64Array<ArrayBuffer>>[] = [];
  #shift = 0;

  constructor(readonly basis: Basis) {}

  /** Looks for the next part. */
  add(chunks: ChunkList): void {
    const { executor, base, path, parameters, stride } = this.basis;
    const hint = { parameters, shift: this.#shift, stride };
    const part = executor.call("placeChunks", { base, path }, chunks, hint).then((placed) => {
      this.#shift = placed.shift;
      return placed.places;
    });
    part.catch(() => {}); // reported by `finish`
    this.#parts.push(part);
  }

  /** The whole recipe with what was found of it; undefined when that isn't worth a delta. */
  async finish(recipe: ChunkList): Promise<MatchedRecipe | undefined> {
    const places = concat(await Promise.all(this.#parts));
    const size = recipe.lengths.reduce((sum, length) => sum + length, 0);
    let matched = bytesFound(recipe, places);
    if (size - matched > searchLimit(size, this.basis.parameters)) {
      await this.#searchEverywhere(recipe, places);
      matched = bytesFound(recipe, places);
    }
    return matched >= size * LEAST_MATCH ? { ...recipe, places, matched } : undefined;
  }

  /** Waits for what is under way, of which nothing is needed. */
  async abandon(): Promise<void> {
    await Promise.allSettled(this.#parts);
  }

  /** Cuts all of the file, for what has moved within it. */
  async #searchEverywhere(recipe: ChunkList, places: Float64Array): Promise<void> {
    const { executor, base, path, parameters, signal } = this.basis;
    let own: ChunkList;
    try {
      const lists = chunkInParallel(executor, `${base}/${path}`, parameters, signal);
      own = concatChunkLists(await Array.fromAsync(lists));
    } catch {
      signal?.throwIfAborted();
      return; // it is changing, or gone: the source has all of it
    }
    const found = matchRecipe(recipe, own).places;
    for (let i = 0; i < places.length; i++) if (places[i] === -1) places[i] = found[i];
  }
}

function concat(parts: Float64Array[]): Float64Array<ArrayBuffer> {
  const whole = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function bytesFound({ lengths }: ChunkList, places: Float64Array): number {
  return lengths.reduce((sum, length, i) => places[i] === -1 ? sum : sum + length, 0);
}
