/** Progress of large files. */
import { fromHex, HASH_BYTES, toHex } from "#core/hash/mod.ts";
import type { LargeCheckpoint } from "#core/system/mod.ts";
import type {
  LargeCheckpoint as CheckpointMessage,
  LargeCheckpointSchema,
} from "#proto/gen/orbit/v1/files_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Blame, blameArgument } from "./blame.ts";
import { fromPath, toPath } from "./bytes.ts";
import { fromWide, toWide, toWord } from "./numbers.ts";

/** Segments that one message tells; a longer file's others are copied again. */
export const MAX_SEGMENTS = 60_000;

/** Segments of one file: more than the largest file system holds has. */
const MAX_FILE_SEGMENTS = 2 ** 22;

const MAX_VERSION_LENGTH = 256;

/** @param most Of the segments no more are told, and of those only the ones that are new. */
export function toCheckpoint(
  checkpoint: LargeCheckpoint,
  most = MAX_SEGMENTS,
  isNew: (segment: number) => boolean = () => true,
): MessageInitShape<typeof LargeCheckpointSchema> {
  const told = Object.keys(checkpoint.segments).map(Number).filter(isNew).slice(0, most);
  const hashes = new Uint8Array(told.length * HASH_BYTES);
  told.forEach((segment, i) => {
    hashes.set(fromHex(checkpoint.segments[segment], HASH_BYTES), i * HASH_BYTES);
  });
  if (checkpoint.sourceVersion.length > MAX_VERSION_LENGTH) {
    throw blameArgument("checkpoint.source_version", "too long");
  }
  return {
    sourceVersion: checkpoint.sourceVersion,
    staged: toPath(checkpoint.staged, "checkpoint.staged"),
    segmentBytes: toWide(checkpoint.segmentBytes, "checkpoint.segment_bytes"),
    segments: told.map((segment) => toWord(segment, "checkpoint.segments")),
    hashes,
  };
}

export function fromCheckpoint(
  message: CheckpointMessage | undefined,
  blame: Blame,
): LargeCheckpoint {
  if (message === undefined) throw blame("checkpoint", "missing");
  const { sourceVersion, segments, hashes } = message;
  if (sourceVersion.length > MAX_VERSION_LENGTH) throw blame("checkpoint.source_version", "long");
  if (segments.length > MAX_SEGMENTS || hashes.length !== segments.length * HASH_BYTES) {
    throw blame("checkpoint.hashes", `${hashes.length} bytes for ${segments.length} segments`);
  }
  const known: Record<number, string> = {};
  segments.forEach((segment, i) => {
    known[segment] = toHex(hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
  });
  return {
    sourceVersion,
    staged: fromPath(message.staged, "checkpoint.staged", blame),
    segmentBytes: fromWide(message.segmentBytes, "checkpoint.segment_bytes", blame),
    segments: known,
  };
}

/** What is known after news: they go on from what was known, or make it void. */
export function joinCheckpoints(
  before: LargeCheckpoint | undefined,
  news: LargeCheckpoint,
  blame: Blame,
): LargeCheckpoint {
  const goesOn = before?.sourceVersion === news.sourceVersion &&
    before.staged === news.staged && before.segmentBytes === news.segmentBytes;
  const whole = goesOn ? { ...news, segments: { ...before.segments, ...news.segments } } : news;
  if (Object.keys(whole.segments).length > MAX_FILE_SEGMENTS) {
    throw blame("checkpoint.segments", "more than any file has");
  }
  return whole;
}
