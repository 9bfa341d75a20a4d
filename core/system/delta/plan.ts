/** Finding out what a file has in common with the one that it replaces. */
import type { ParcelFile } from "../parcel/format.ts";
import type { Reception } from "../reception.ts";
import type { CopyAction } from "../system.ts";
import { fetchRecipe } from "./fetch_recipe.ts";
import type { MatchedRecipe } from "./match.ts";
import { deltaParameters, LEAST_DELTA_BYTES } from "./parameters.ts";
import { RecipePlacing } from "./place_recipe.ts";

/** Chunks of a large file that are taken for found by the last of them. */
const STRIDE = 16;

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
  const { path } = action;
  const placing = new RecipePlacing({ executor, base, path, parameters, signal, stride: STRIDE });
  try {
    const item = { source: action.source, path: action.sourcePath };
    const recipe = await fetchRecipe(
      (items) => reception.pack(items),
      { item, file, parameters },
      (part) => placing.add(part),
    );
    return recipe && await placing.finish(recipe);
  } finally {
    await placing.abandon();
  }
}
