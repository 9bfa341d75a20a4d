/**
 * Content-defined chunking: cuts files into chunks at places that their content decides, so that
 * equal stretches of two files give equal chunks wherever they lie. Delta, resume and
 * deduplication all speak these chunks.
 *
 * @module
 */
export { type Chunker, createChunker } from "./chunker.ts";
export {
  type ChunkParameters,
  parametersFor,
  parseAlgorithmId,
  toAlgorithmId,
  validateParameters,
} from "./parameters.ts";
export {
  BATCH_CHUNKS,
  type ByteSource,
  chunkFile,
  type ChunkFileOptions,
  chunkPart,
  type ChunkPartOptions,
} from "./chunk_file.ts";
export {
  type Chunk,
  type ChunkList,
  chunksOf,
  concatChunkLists,
  endOf,
  hashAt,
} from "./chunk_list.ts";
export {
  type BridgeRequest,
  chunkBridge,
  ChunkListJoiner,
  chunkSegment,
  joinChunkLists,
  planSegments,
  type Segment,
} from "./join.ts";
export { checkChunkIndex, type ChunkIndexHeader, createChunkIndexHeader } from "./index_header.ts";
