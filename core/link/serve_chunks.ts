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
import type { MessageReader, WantedMessage } from "./read_message.ts";

/** What requests for chunks are answered with. */
export interface ChunkService {
  /** None where this Star keeps no universe. */
  holder: NearbyChunks | undefined;
  messages: MessageReader;
}

/** A file that chunks are asked for of is cut into none smaller, but for its last. */
const LEAST_CHUNK_BYTES = 16 * 1024;
/** How often each is asked about: whether it is there, and for its content. */
const ASKED = 2;
/** Hashes that are asked about before anything is known of a file. */
const FIRST_ASKED = 1024;

/** Bytes of a request beside its hashes. */
const MESSAGE_BYTES = 64;

/** Hashes that may be asked about by who may take so many bytes: nobody is to try all there may be. */
export function hashesFor(maxBytes: number): number {
  return FIRST_ASKED + ASKED * Math.ceil(maxBytes / LEAST_CHUNK_BYTES);
}

/**
 * Which of the chunks that a request names there are, as the answer's body. Asking is not for
 * nothing: the hashes count as if they were taken, so that nobody goes through all that there may be.
 */
export async function answerFind(
  request: IncomingMessage,
  link: OpenLink,
  { holder, messages }: ChunkService,
): Promise<Uint8Array> {
  const wanted = wantedFrom(link, MAX_FIND);
  const { hashes } = await messages.read(request, FindChunksRequestSchema, wanted);
  const chunks = requireHolder(link, holder);
  link.bytesLeft -= charged(link, checked(hashes, MAX_FIND)).length;
  if (link.bytesLeft < 0) throw new OrbitError("denied", "find: more than the grant allows");
  const found = await chunks.find(hashes, { within: link.within });
  return toBinary(FindChunksResponseSchema, create(FindChunksResponseSchema, { found }));
}

/** The hashes of the chunks that a request asks for. */
export async function readWanted(
  request: IncomingMessage,
  link: OpenLink,
  { holder, messages }: ChunkService,
): Promise<{ holder: NearbyChunks; hashes: Uint8Array }> {
  const wanted = wantedFrom(link, PACK_BOUNDS.count);
  const { hashes } = await messages.read(request, PackChunksRequestSchema, wanted);
  return {
    holder: requireHolder(link, holder),
    hashes: charged(link, checked(hashes, PACK_BOUNDS.count)),
  };
}

/** One more than fits, so that it can be told how many they are. */
function wantedFrom({ thumbprint }: OpenLink, most: number): WantedMessage {
  return { peer: thumbprint, most: (most + 1) * HASH_BYTES + MESSAGE_BYTES };
}

function requireHolder(link: OpenLink, holder: NearbyChunks | undefined): NearbyChunks {
  if (!link.chunks) throw new OrbitError("denied", "link: its grant isn't for chunks");
  if (holder !== undefined) return holder;
  throw new OrbitError("unsupported", "link: this Star keeps no universe");
}

/** Whether a chunk is there is told by an answer of any kind: each question counts. */
function charged(link: OpenLink, hashes: Uint8Array): Uint8Array {
  link.hashesLeft -= hashes.length / HASH_BYTES;
  if (link.hashesLeft >= 0) return hashes;
  throw new OrbitError("denied", "link: more chunks are asked about than the grant allows");
}

function checked(hashes: Uint8Array, most: number): Uint8Array {
  const count = hashes.length / HASH_BYTES;
  if (Number.isInteger(count) && count > 0 && count <= most) return hashes;
  throw new OrbitError("invalid", `link: ${count} hashes, not 1 to ${most}`);
}
