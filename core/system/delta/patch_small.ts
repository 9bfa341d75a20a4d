/** Receiving a batch of smaller files as deltas: two requests for all of them. */
import type { ChunkList, ChunkParameters } from "#core/cdc/mod.ts";
import { toErrorData } from "#core/errors.ts";
import { type ParcelFile, readParcel, torn } from "../parcel/format.ts";
import { PACK_BOUNDS, type PackItem } from "../parcel/request.ts";
import type { Reception } from "../reception.ts";
import type { ActionResult, CopyAction } from "../system.ts";
import { pathSize } from "#core/slices.ts";
import { rangesOf, unplaced } from "../work/patch.ts";
import type { PatchedFile } from "../work/patch_small.ts";
import { RangeReader } from "./fetch_recipe.ts";
import { deltaParameters, LEAST_DELTA_BYTES } from "./parameters.ts";
import { RecipePlacing } from "./place_recipe.ts";

/** An action, and its number in the batch. */
export interface NumberedCopy {
  index: number;
  action: CopyAction;
}

/** Takes the result of an action. */
export type TakeResult = (index: number, result: ActionResult) => void;

/**
 * Makes those files that the destination has an older one of, as far as that spares anything.
 *
 * @returns The copies that are still to be made, whole.
 */
export async function patchSmall(
  reception: Reception,
  copies: readonly NumberedCopy[],
  take: TakeResult,
): Promise<NumberedCopy[]> {
  const candidates = await findCandidates(reception, copies);
  if (candidates.length === 0) return [...copies];
  const patched = await planAll(reception, candidates);
  for (const some of requests(patched)) await patchSome(reception, some, take);
  const done = new Set(patched.map(({ index }) => index));
  return copies.filter(({ index }) => !done.has(index));
}

async function findCandidates(
  { executor, request: { base, options } }: Reception,
  copies: readonly NumberedCopy[],
): Promise<NumberedCopy[]> {
  if (options.wholeFile) return [];
  const large = copies.filter(({ action }) => action.size >= LEAST_DELTA_BYTES);
  if (large.length === 0) return [];
  const sizes = await executor.call("findBases", base, large.map(({ action }) => action.path));
  return large.filter((_, i) => sizes[i] >= LEAST_DELTA_BYTES / 4);
}

/** A file to be patched, and the number of its action. */
type Numbered = PatchedFile & { index: number };

/** What each candidate can be made of; whatever goes wrong is for the whole copy to find out. */
async function planAll(reception: Reception, candidates: NumberedCopy[]): Promise<Numbered[]> {
  const { options: { signal } } = reception;
  const parameters = candidates.map(({ action }) => deltaParameters(action.size));
  let recipes: (Recipe | undefined)[] = [];
  try {
    recipes = await fetchRecipes(reception, candidates, parameters);
  } catch {
    signal?.throwIfAborted();
  }
  const plans = recipes.map((recipe, i) =>
    recipe && planOne(reception, candidates[i], recipe, parameters[i])
  );
  return (await Promise.all(plans)).filter((plan) => plan !== undefined);
}

async function planOne(
  { executor, request: { base }, options: { signal } }: Reception,
  { index, action }: NumberedCopy,
  { file, chunks: recipe }: Recipe,
  parameters: ChunkParameters,
): Promise<Numbered | undefined> {
  const { path } = action;
  const placing = new RecipePlacing({ executor, base, path, parameters, signal, stride: 1 });
  placing.add(recipe);
  const chunks = await placing.finish(recipe);
  if (chunks === undefined) return undefined;
  const ranges = rangesOf(chunks, unplaced(chunks));
  if (ranges.length > PACK_BOUNDS.count) return undefined;
  if (ranges.length === 0) ranges.push({ offset: 0, length: 0 });
  return { index, action, file, chunks, ranges };
}

interface Recipe {
  file: ParcelFile;
  chunks: ChunkList;
}

/** Of all candidates by one request; undefined for those of which it doesn't tell all. */
async function fetchRecipes(
  reception: Reception,
  candidates: readonly NumberedCopy[],
  parameters: readonly ChunkParameters[],
): Promise<(Recipe | undefined)[]> {
  const items = candidates.map(({ action }, i): PackItem => ({
    ...itemOf(action),
    length: 0,
    recipe: { parameters: parameters[i], from: 0, until: action.size },
  }));
  const recipes: (Recipe | undefined)[] = new Array(candidates.length).fill(undefined);
  let file: ParcelFile | undefined, reader: RangeReader | undefined, due = 0;
  for await (const parcel of reception.pack(items)) {
    for (const { index, ...record } of readParcel(parcel)) {
      const isOpening = record.kind === "open" || (record.kind === "fail" && file === undefined);
      if (index !== due || due === items.length || isOpening !== (file === undefined)) {
        throw torn("recipes come out of order");
      }
      if (record.kind === "open") {
        file = record.file;
        // One that grew since it was scanned isn't all told.
        const until = candidates[index].action.size, isWhole = file.size === until;
        reader = isWhole ? new RangeReader({ from: 0, until }, file, parameters[index]) : undefined;
      } else if (record.kind === "chunks") {
        if (reader === undefined) return recipes; // nobody knows how many are to come
        reader.take(record.chunks);
      } else if (record.kind === "close" || record.kind === "fail") {
        const chunks = record.kind === "close" ? reader?.finish() : undefined;
        if (chunks !== undefined) recipes[index] = { file: file!, chunks };
        [file, reader] = [undefined, undefined];
        due++;
      } else throw torn("content comes in a recipe");
    }
  }
  return recipes;
}

/** Files in groups whose ranges fit into a request. */
function* requests(files: readonly Numbered[]): Generator<Numbered[]> {
  let some: Numbered[] = [], count = 0, size = 0;
  for (const file of files) {
    const own = pathSize(file.action.sourcePath) * file.ranges.length;
    const fits = count + file.ranges.length <= PACK_BOUNDS.count && size + own <= PACK_BOUNDS.size;
    if (some.length > 0 && !fits) {
      yield some;
      some = [], count = 0, size = 0;
    }
    some.push(file);
    count += file.ranges.length;
    size += own;
  }
  if (some.length > 0) yield some;
}

async function patchSome(
  reception: Reception,
  files: readonly Numbered[],
  take: TakeResult,
): Promise<void> {
  const { executor, request: { base, options }, options: { signal } } = reception;
  const items = files.flatMap(({ action, ranges }) =>
    ranges.map((range): PackItem => ({ ...itemOf(action), ...range }))
  );
  let next = 0;
  const takeSome = (results: ActionResult[]) => {
    for (const result of results) {
      take(files[next++].index, result);
      if (result.error === undefined) reception.moved(result);
    }
  };
  try {
    const batch = { base, options, files: files.map(({ index: _, ...file }) => file) };
    takeSome(await reception.pour(items, executor.open("patch", batch), takeSome));
  } catch (error) {
    signal?.throwIfAborted();
    for (; next < files.length; next++) {
      take(files[next].index, { bytes: 0, verified: 0, error: toErrorData(error) });
    }
  }
}

function itemOf({ source, sourcePath }: CopyAction): PackItem {
  return { source, path: sourcePath };
}
