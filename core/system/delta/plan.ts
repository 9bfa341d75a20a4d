/** Finding out what a file has in common with the one that it replaces. */
import { type ChunkList, type ChunkParameters, concatChunkLists } from "#core/cdc/mod.ts";
import { chunkInParallel } from "../chunking.ts";
import type { Executor } from "../executor.ts";
import type { ParcelFile } from "../parcel/format.ts";
import type { Reception } from "../reception.ts";
import type { CopyAction } from "../system.ts";
import { fetchRecipe } from "./fetch_recipe.ts";
import { type MatchedRecipe, matchRecipe } from "./match.ts";
import { deltaParameters, LEAST_DELTA_BYTES, LEAST_MATCH } from "./parameters.ts";

/** What a large file can be made of; undefined when it is better sent whole. */
export async function planDelta(
  reception: Reception,
  action: CopyAction,
  file: ParcelFile,
): Promise<MatchedRecipe | undefined> {
  const { executor, request: { base, options }, options: { signal } } = reception;
  if (options.wholeFile || file.size < LEAST_DELTA_BYTES) return undefined;
  const [basis] = await executor.call("findBases", base, [action.path]);
  if (basis < LEAST_DELTA_BYTES) return undefined;
  const parameters = deltaParameters(file.size);
  const item = { source: action.source, path: action.sourcePath };
  const own = chunkBasis(executor, `${base}/${action.path}`, parameters, signal);
  const recipe = await both(
    fetchRecipe((items) => reception.pack(items), { item, file, parameters }),
    own,
  );
  return recipe && worthwhile(matchRecipe(...recipe));
}

/** Both, or undefined when one of them gives nothing; what fails is known when both have ended. */
async function both(
  recipe: Promise<ChunkList | undefined>,
  basis: Promise<ChunkList | undefined>,
): Promise<[ChunkList, ChunkList] | undefined> {
  await Promise.allSettled([recipe, basis]);
  const [a, b] = await Promise.all([recipe, basis]);
  return a && b && [a, b];
}

/** A match unless there is too little of it. */
export function worthwhile(recipe: MatchedRecipe): MatchedRecipe | undefined {
  const size = recipe.lengths.reduce((sum, length) => sum + length, 0);
  return recipe.matched >= size * LEAST_MATCH ? recipe : undefined;
}

/** The chunks of a file of the destination; undefined when they can't be had. */
export async function chunkBasis(
  executor: Executor,
  path: string,
  parameters: ChunkParameters,
  signal: AbortSignal | undefined,
): Promise<ChunkList | undefined> {
  try {
    const lists = await Array.fromAsync(chunkInParallel(executor, path, parameters, signal));
    return concatChunkLists(lists);
  } catch {
    signal?.throwIfAborted();
    return undefined; // it is changing, or gone: the source has all of it
  }
}
