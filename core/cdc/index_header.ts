/** What is stored in front of every chunk list that outlives its process or leaves it. */
import { OrbitError } from "#core/errors.ts";
import { HASH_BYTES } from "#core/hash/mod.ts";
import { type ChunkList, endOf } from "./chunk_list.ts";
import { type ChunkParameters, parseAlgorithmId, toAlgorithmId } from "./parameters.ts";

/** Names what a list of a whole file's chunks was made with, and of. Plain, cloneable data. */
export interface ChunkIndexHeader {
  /** See `toAlgorithmId`. Lists can be compared chunk by chunk only when these are equal. */
  readonly algorithm: string;
  /** The function behind the chunks' digests. */
  readonly hash: "blake3";
  /** Bytes of the file. */
  readonly fileSize: number;
  /** Chunks in the list. */
  readonly chunkCount: number;
}

/** The header for the list of a whole file. */
export function createChunkIndexHeader(
  list: ChunkList,
  parameters: ChunkParameters,
): ChunkIndexHeader {
  return {
    algorithm: toAlgorithmId(parameters),
    hash: "blake3",
    fileSize: endOf(list),
    chunkCount: list.lengths.length,
  };
}

/**
 * Checks a list that came from elsewhere against its header: count, sum and bounds of the chunks.
 * Says nothing of the digests.
 *
 * @returns The parameters that the list was made with.
 * @throws `corrupt` when they don't belong together, `unsupported` for another algorithm or hash,
 *   `invalid` for a malformed algorithm id.
 */
export function checkChunkIndex(header: ChunkIndexHeader, list: ChunkList): ChunkParameters {
  if (header.hash !== "blake3") throw new OrbitError("unsupported", `${what(header)}: other hash`);
  const parameters = parseAlgorithmId(header.algorithm);
  const { lengths, hashes, offset } = list;
  if (lengths.length !== header.chunkCount || hashes.length !== lengths.length * HASH_BYTES) {
    throw new OrbitError("corrupt", `${what(header)}: wrong number of chunks`);
  }
  if (offset !== 0 || endOf(list) !== header.fileSize) {
    throw new OrbitError("corrupt", `${what(header)}: chunks don't add up to the file`);
  }
  for (let i = 0; i < lengths.length; i++) {
    const least = i === lengths.length - 1 ? 1 : parameters.min;
    if (lengths[i] < least || lengths[i] > parameters.max) {
      throw new OrbitError("corrupt", `${what(header)}: chunk ${i} has ${lengths[i]} bytes`);
    }
  }
  return parameters;
}

function what({ algorithm }: ChunkIndexHeader): string {
  return `check chunk index ${JSON.stringify(String(algorithm).slice(0, 200))}`;
}
