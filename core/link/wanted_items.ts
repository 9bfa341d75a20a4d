/** What is asked for over a link, checked and counted. */
import { OrbitError } from "#core/errors.ts";
import { checkRecipeRange, type PackItem, type RecipeRange } from "#core/system/parcel/request.ts";
import type { RecipeRange as RangeMessage } from "#proto/gen/orbit/v1/files_pb.ts";
import type { PackRange } from "#proto/gen/orbit/v1/link_pb.ts";
import type { OpenLink } from "./open_links.ts";

/** A range of a file that a link is for. @throws {OrbitError} `invalid` when it can't be one. */
export function toItem(link: OpenLink, { item, offset, length, recipe }: PackRange): PackItem {
  const file = link.files.items[item];
  if (file === undefined) throw new OrbitError("invalid", `pack: there is no file ${item}`);
  return {
    ...file,
    offset: toNumber(offset),
    length: length === undefined ? undefined : toNumber(length),
    ...recipe === undefined ? {} : { recipe: toRecipe(recipe) },
  };
}

function toRecipe({ parameters, from, until }: RangeMessage): RecipeRange {
  const { min = 0, avg = 0, max = 0 } = parameters ?? {};
  const range = {
    parameters: { min, avg, max },
    from: toNumber(from),
    until: toNumber(until),
  };
  checkRecipeRange(range);
  return range;
}

/** Chunks are short to send and long to find: what is cut for them counts, with a bound of its own. */
export function charge(link: OpenLink, items: readonly PackItem[]): void {
  for (const { recipe } of items) {
    if (recipe === undefined) continue;
    link.cutsLeft -= recipe.until - recipe.from;
    if (link.cutsLeft < 0) throw new OrbitError("denied", "pack: more than the grant allows");
  }
}

function toNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new OrbitError("invalid", "pack: a range is beyond any file");
  }
  return Number(value);
}
