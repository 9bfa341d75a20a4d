/** Asking a source what a file is made of. */
import { type ChunkList, type ChunkParameters, concatChunkLists } from "#core/cdc/mod.ts";
import { fromErrorData, OrbitError } from "#core/errors.ts";
import { type ParcelFile, readParcel, torn } from "../parcel/format.ts";
import type { ChunkRun } from "../parcel/chunk_record.ts";
import type { PackItem } from "../parcel/request.ts";
import { changed } from "../work/source_trouble.ts";
import { RangeJoiner } from "./join_ranges.ts";
import { MAX_RECIPE_CHUNKS, recipeOverlap, recipeStep } from "./parameters.ts";

/** Ranges that are asked for at the same time, so that all workers of the source have one. */
const LANES = 4;

/** Gives the parcels of items, as `Reception.pack` does. */
export type Fetch = (items: PackItem[]) => AsyncIterable<Uint8Array<ArrayBuffer>>;

/** A file of a source as it was looked at. */
export interface WantedRecipe {
  item: PackItem;
  file: ParcelFile;
  parameters: ChunkParameters;
}

/**
 * All chunks of a file, or undefined when its source tells none: it is of an older version, or
 * finds that they aren't worth it.
 *
 * @param onPart Is shown all chunks, in order, as they come.
 *
 * @throws {OrbitError} `conflict` (ECHANGED) when the file isn't any more what it was looked at,
 * `corrupt` when what comes can't be a recipe.
 */
export async function fetchRecipe(
  fetch: Fetch,
  wanted: WantedRecipe,
  onPart: (part: ChunkList) => void,
): Promise<ChunkList | undefined> {
  const { file: { size }, parameters } = wanted;
  if (size / parameters.avg > MAX_RECIPE_CHUNKS) return undefined;
  const ahead: Promise<ChunkList | undefined>[] = [];
  try {
    return await joinRanges(fetch, wanted, { ahead, joiner: new RangeJoiner(onPart) });
  } finally {
    await Promise.allSettled(ahead);
  }
}

/** @param ahead Holds what is on its way. */
async function joinRanges(
  fetch: Fetch,
  wanted: WantedRecipe,
  { ahead, joiner }: { ahead: Promise<ChunkList | undefined>[]; joiner: RangeJoiner },
): Promise<ChunkList | undefined> {
  const { file: { size }, parameters } = wanted;
  const step = recipeStep(parameters), overlap = recipeOverlap(parameters);
  for (let next = 0; joiner.end < size;) {
    for (; ahead.length < LANES && next < size; next += step) {
      const range = fetchRange(fetch, wanted, next, Math.min(size, next + step + overlap));
      range.catch(() => {}); // reported when it is awaited
      ahead.push(range);
    }
    const range = await ahead.shift();
    if (range === undefined) return undefined;
    for (let length = overlap; !joiner.add(range); length *= 2) {
      const until = Math.min(size, joiner.end + Math.min(length, step));
      const between = await fetchRange(fetch, wanted, joiner.end, until);
      if (between === undefined) return undefined;
      joiner.goOn(between);
      if (joiner.count > MAX_RECIPE_CHUNKS) return undefined;
    }
    if (joiner.count > MAX_RECIPE_CHUNKS) return undefined;
  }
  return joiner.take();
}

/** The chunks of a range: from one that begins at `from` to the first that ends at `until`. */
export async function fetchRange(
  fetch: Fetch,
  { item, file, parameters }: WantedRecipe,
  from: number,
  until: number,
): Promise<ChunkList | undefined> {
  const reader = new RangeReader({ from, until }, file, parameters);
  let state: "due" | "open" | "closed" = "due";
  for await (const parcel of fetch([{ ...item, length: 0, recipe: { parameters, from, until } }])) {
    for (const record of readParcel(parcel)) {
      const isInOrder = record.kind === "open" ? state === "due" : state !== "closed";
      if (record.index !== 0 || !isInOrder) throw torn("more comes than a recipe");
      if (record.kind === "fail") {
        const error = fromErrorData(record.error);
        if (error instanceof OrbitError && error.code === "unsupported") return undefined;
        throw error;
      }
      if (record.kind === "open") {
        if (record.file.version !== file.version) throw changed(item.path);
        state = "open";
      } else if (record.kind === "chunks") reader.take(record.chunks);
      else if (record.kind === "close") state = "closed";
      else throw torn("content comes in a recipe");
    }
  }
  return reader.finish();
}

/** Puts a range together, and sees to it that it can be one. */
export class RangeReader {
  readonly #lists: ChunkList[] = [];
  #end: number;

  constructor(
    readonly range: { from: number; until: number },
    readonly file: Pick<ParcelFile, "size">,
    readonly parameters: ChunkParameters,
  ) {
    this.#end = range.from;
  }

  take({ lengths, hashes }: ChunkRun): void {
    const { parameters: { min, max }, range: { until }, file: { size } } = this;
    const offset = this.#end;
    for (const length of lengths) {
      const end = this.#end + length;
      if (this.#end >= until) throw torn("a recipe has more chunks than were asked for");
      if (length > max || end > size || (length < min && end !== size) || length === 0) {
        throw torn(`a recipe has a chunk of ${length} bytes`);
      }
      this.#end = end;
    }
    this.#lists.push({ offset, lengths, hashes });
  }

  /** The range; undefined when nothing came of it. */
  finish(): ChunkList | undefined {
    if (this.#lists.length === 0) return undefined;
    if (this.#end < this.range.until) throw torn("a recipe is cut off");
    return concatChunkLists(this.#lists);
  }
}
