/** What content is asked for. */
import { PACK_BOUNDS, type PackItem, type PackRequest } from "#core/system/mod.ts";
import type {
  PackItem as ItemMessage,
  PackRequest as RequestMessage,
  PackRequestSchema,
} from "#proto/gen/orbit/v1/files_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Blame } from "./blame.ts";
import { fromRecipeRange, toRecipeRange } from "./recipe_range.ts";
import { fromPath, fromPaths, toPath } from "./bytes.ts";
import { atMost, fromWide, toWide, toWord } from "./numbers.ts";

export function toPackRequest(
  { sources, items, followLinks }: PackRequest,
): MessageInitShape<typeof PackRequestSchema> {
  return {
    sources: sources.map((source) => toPath(source, "sources")),
    items: items.map(({ source, path, offset = 0, length, recipe }) => ({
      source: toWord(source, "items.source"),
      path: toPath(path, "items.path"),
      offset: toWide(offset, "items.offset"),
      length: length === undefined ? undefined : toWide(length, "items.length"),
      recipe: recipe && toRecipeRange(recipe),
    })),
    followLinks,
  };
}

/** @param maxSources Of those there may be no more. */
export function fromPackRequest(
  message: RequestMessage | undefined,
  maxSources: number,
  blame: Blame,
): PackRequest {
  if (message === undefined) throw blame("request", "missing");
  const { sources, items, followLinks } = message;
  atMost(sources.length, maxSources, "sources", blame);
  atMost(items.length, PACK_BOUNDS.count, "items", blame);
  return {
    sources: fromPaths(sources, "sources", blame),
    items: items.map((item) => fromItem(item, sources.length, blame)),
    followLinks,
  };
}

function fromItem(message: ItemMessage, sources: number, blame: Blame): PackItem {
  if (message.source >= sources) {
    throw blame("items.source", `${message.source}, of ${sources} sources`);
  }
  const item: PackItem = {
    source: message.source,
    path: fromPath(message.path, "items.path", blame),
    offset: fromWide(message.offset, "items.offset", blame),
  };
  if (message.length !== undefined) item.length = fromWide(message.length, "items.length", blame);
  if (message.recipe !== undefined) item.recipe = fromRecipeRange(message.recipe, blame);
  if (Number.isSafeInteger((item.offset ?? 0) + (item.length ?? 0))) return item;
  throw blame("items.length", "the range ends beyond 2^53");
}
