/** Chunks by their hashes, for links whose grant says so: whatever files of this Star they lie in. */
import type { IncomingMessage } from "node:http";
import { create, toBinary } from "@bufbuild/protobuf";
import { OrbitError } from "#core/errors.ts";
import { HASH_BYTES } from "#core/hash/mod.ts";
import { MAX_FIND, type NearbyChunks } from "#core/system/parcel/nearby.ts";
import { PACK_BOUNDS } from "#core/system/parcel/request.ts";
import {
  FindChunksRequestSchema,
  FindChunksResponseSchema,
  PackChunksRequestSchema,
} from "#proto/gen/orbit/v1/link_pb.ts";
import type { OpenLink } from "./open_links.ts";
import { readMessage } from "./read_message.ts";

/** Which of the chunks that a request names there are, as the answer's body. */
export async function answerFind(
  request: IncomingMessage,
  link: OpenLink,
  holder: NearbyChunks | undefined,
): Promise<Uint8Array> {
  const { hashes } = await readMessage(request, FindChunksRequestSchema);
  const found = await requireHolder(link, holder).find(checked(hashes, MAX_FIND));
  return toBinary(FindChunksResponseSchema, create(FindChunksResponseSchema, { found }));
}

/** The hashes of the chunks that a request asks for. */
export async function readWanted(
  request: IncomingMessage,
  link: OpenLink,
  holder: NearbyChunks | undefined,
): Promise<{ holder: NearbyChunks; hashes: Uint8Array }> {
  const { hashes } = await readMessage(request, PackChunksRequestSchema);
  return {
    holder: requireHolder(link, holder),
    hashes: checked(hashes, PACK_BOUNDS.count),
  };
}

function requireHolder(link: OpenLink, holder: NearbyChunks | undefined): NearbyChunks {
  if (!link.chunks) throw new OrbitError("denied", "link: its grant isn't for chunks");
  if (holder !== undefined) return holder;
  throw new OrbitError("unsupported", "link: this Star keeps no universe");
}

function checked(hashes: Uint8Array, most: number): Uint8Array {
  const count = hashes.length / HASH_BYTES;
  if (Number.isInteger(count) && count > 0 && count <= most) return hashes;
  throw new OrbitError("invalid", `link: ${count} hashes, not 1 to ${most}`);
}
