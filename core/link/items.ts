/** The files that a link is for, as they travel and as they are hashed. */
import { create, toBinary } from "@bufbuild/protobuf";
import { OrbitError } from "#core/errors.ts";
import { sha256Hex } from "#core/identity/pem.ts";
import { decodeName, encodeName } from "#core/names.ts";
import { checkEntryPath } from "#core/system/relative_path.ts";
import type { TransferRequest } from "#core/system/system.ts";
import { type LinkItems, LinkItemsSchema } from "#proto/gen/orbit/v1/link_pb.ts";

/** Files of one link at most. */
export const MAX_LINK_ITEMS = 65_536;

/** Bytes of a list of items at most. */
export const MAX_ITEMS_BYTES = 8 * 1024 * 1024;

/** The files that a link is for. */
export interface LinkFiles {
  /** Absolute base paths. */
  sources: string[];
  items: { source: number; path: string }[];
  followLinks: boolean;
  /** Nothing outside of it is given, wherever links lead. */
  scope?: readonly string[];
}

/** The files whose content a transfer needs, each once. */
export function filesOf(
  { sources, actions, options }: TransferRequest,
  scope?: readonly string[],
): LinkFiles {
  const items = new Map<string, { source: number; path: string }>();
  for (const action of actions) {
    if (action.kind !== "copy") continue;
    const { source, sourcePath: path } = action;
    items.set(`${source}/${path}`, { source, path });
  }
  return { sources, items: [...items.values()], followLinks: options.followLinks, scope };
}

/** A list of files as it travels. */
export function toLinkItems(files: LinkFiles): LinkItems {
  return create(LinkItemsSchema, {
    sources: files.sources.map(encodeName),
    items: files.items.map(({ source, path }) => ({ source, path: encodeName(path) })),
    followLinks: files.followLinks,
    scope: files.scope && { paths: files.scope.map(encodeName) },
  });
}

/** What a grant holds of a list of files. */
export function hashItems(files: LinkFiles): string {
  return hashLinkItems(toLinkItems(files));
}

/**
 * The same of a list that travelled.
 *
 * @throws {OrbitError} `invalid` when it is longer than any may be.
 */
export function hashLinkItems(items: LinkItems): string {
  const bytes = toBinary(LinkItemsSchema, items);
  if (bytes.length > MAX_ITEMS_BYTES) throw refuse("it is too long");
  return sha256Hex(bytes);
}

/** @throws {OrbitError} `invalid` when a list can't be one. */
export function fromLinkItems({ sources, items, followLinks, scope }: LinkItems): LinkFiles {
  if (items.length > MAX_LINK_ITEMS) throw refuse("it has too many files");
  const bases = sources.map(decodeName);
  if (!bases.every((base) => base.startsWith("/") && !base.includes("\0"))) {
    throw refuse("a base isn't absolute");
  }
  const files = items.map(({ source, path }) => {
    const name = decodeName(path);
    checkEntryPath(name);
    if (source >= bases.length) throw refuse("a file has no base");
    return { source, path: name };
  });
  return { sources: bases, items: files, followLinks, scope: scope?.paths.map(decodeName) };
}

function refuse(why: string): OrbitError {
  return new OrbitError("invalid", `open link: the list of files: ${why}`);
}
