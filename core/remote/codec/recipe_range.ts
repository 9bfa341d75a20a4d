/** Of what chunks are asked for. */
import { checkRecipeRange, type RecipeRange } from "#core/system/mod.ts";
import type {
  RecipeRange as RangeMessage,
  RecipeRangeSchema,
} from "#proto/gen/orbit/v1/files_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Blame } from "./blame.ts";
import { fromWide, toWide } from "./numbers.ts";

export function toRecipeRange(
  { parameters, from, until }: RecipeRange,
): MessageInitShape<typeof RecipeRangeSchema> {
  return { parameters, from: toWide(from, "recipe.from"), until: toWide(until, "recipe.until") };
}

/** No longer than one request may ask for. */
export function fromRecipeRange(message: RangeMessage, blame: Blame): RecipeRange {
  const { min = 0, avg = 0, max = 0 } = message.parameters ?? {};
  const range = {
    parameters: { min, avg, max },
    from: fromWide(message.from, "recipe.from", blame),
    until: fromWide(message.until, "recipe.until", blame),
  };
  try {
    checkRecipeRange(range);
  } catch (error) {
    throw blame("recipe", (error as Error).message);
  }
  return range;
}
