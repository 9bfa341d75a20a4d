/** Packing what files are made of instead of what they hold: their chunks, for a delta. */
import { chunkSegment, endOf } from "#core/cdc/mod.ts";
import { OrbitError } from "#core/errors.ts";
import type { FileFacts, FileHandle } from "../disk.ts";
import type { ParcelWriter } from "../parcel/format.ts";
import { checkRecipeRange, type PackItem, type RecipeRange } from "../parcel/request.ts";
import type { WorkContext } from "./context.ts";
import { isSameVersion } from "./content.ts";
import { atSource, changed } from "./source_trouble.ts";

/** Of files with more holes than this share, holes cost nothing to send and much to cut. */
const MOST_HOLES = 0.5;

/** Packs the chunks of a range; the file's opening is in the parcel already. */
export function* packRecipe(
  context: WorkContext,
  writer: ParcelWriter,
  index: number,
  { path, recipe }: PackItem & { recipe: RecipeRange },
  { file, before }: { file: FileHandle; before: FileFacts },
): Generator<Uint8Array<ArrayBuffer>> {
  checkRecipeRange(recipe);
  if (before.blocks * 512 < before.size * (1 - MOST_HOLES)) {
    throw new OrbitError("unsupported", `pack recipe of ${JSON.stringify(path)}: mostly holes`);
  }
  const { parameters, from } = recipe;
  const { blake3 } = context;
  const segment = { from, until: Math.min(recipe.until, before.size) };
  const observe = () => context.checkCancelled();
  const list = atSource(() => chunkSegment(file, { parameters, blake3, segment, observe }));
  if (!isSameVersion(file.facts(), before) || endOf(list) < segment.until) throw changed(path);
  for (let at = 0; at < list.lengths.length;) {
    const count = writer.chunks(index, list, at);
    if (count === 0) yield writer.take();
    at += count;
  }
  if (!writer.hasRoomToEnd) yield writer.take();
  writer.close(index, blake3.hash(list.hashes));
}
