/** What became of things: actions, hashes, features, chunks. */
import { type ChunkList, type ChunkParameters, endOf } from "#core/cdc/mod.ts";
import { HASH_BYTES } from "#core/hash/mod.ts";
import type { ActionResult, DiskFeatures, HashResult } from "#core/system/mod.ts";
import type {
  ActionResult as ResultMessage,
  ActionResultSchema,
  ChunkFileResponse,
  ChunkFileResponseSchema,
  FileHash,
  FileHashSchema,
  GetFeaturesResponse,
  GetFeaturesResponseSchema,
} from "#proto/gen/orbit/v1/files_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Blame } from "./blame.ts";
import { fromHash } from "./bytes.ts";
import { atMost, fromWide, toWide } from "./numbers.ts";
import { fromProblem, toProblem } from "./problem.ts";

/** Groups that a user is in; the kernel's own bound. */
const MAX_GROUPS = 65_536;
/** The longest version of a file: that of a link has its target in it. */
const MAX_VERSION_CHARS = 8192;
/** The longest chunk that any parameters allow. */
const MAX_CHUNK_BYTES = 64 * 1024 * 1024;

export function toActionResult(result: ActionResult): MessageInitShape<typeof ActionResultSchema> {
  const { error, bytes, verified, resumed, size, matched } = result;
  return {
    problem: error && toProblem(error),
    bytes: toWide(bytes, "result.bytes"),
    verified: toWide(verified, "result.verified"),
    resumed: resumed === undefined ? undefined : toWide(resumed, "result.resumed"),
    size: size === undefined ? undefined : toWide(size, "result.size"),
    matched: matched === undefined ? undefined : toWide(matched, "result.matched"),
  };
}

export function fromActionResult(message: ResultMessage, blame: Blame): ActionResult {
  const { problem, resumed, size, matched } = message;
  const result: ActionResult = {
    bytes: fromWide(message.bytes, "result.bytes", blame),
    verified: fromWide(message.verified, "result.verified", blame),
  };
  if (problem !== undefined) result.error = fromProblem(problem, "result.problem", blame);
  if (resumed !== undefined) result.resumed = fromWide(resumed, "result.resumed", blame);
  if (size !== undefined) result.size = fromWide(size, "result.size", blame);
  if (matched !== undefined) result.matched = fromWide(matched, "result.matched", blame);
  return result;
}

/** As many results as there were actions. */
export function fromActionResults(
  messages: ResultMessage[],
  count: number,
  blame: Blame,
): ActionResult[] {
  if (messages.length !== count) {
    throw blame("results", `${messages.length} of them for ${count} actions`);
  }
  return messages.map((message) => fromActionResult(message, blame));
}

export function toFileHash(result: HashResult): MessageInitShape<typeof FileHashSchema> {
  const { hash, size, version, error } = result;
  return { hash, size: toWide(size, "hash.size"), version, problem: error && toProblem(error) };
}

/** Either a digest or a problem, never both or neither. */
export function fromFileHash(message: FileHash, blame: Blame): HashResult {
  const size = fromWide(message.size, "hash.size", blame);
  if (message.problem === undefined) {
    const hash = fromHash(message.hash, "hash.hash", blame);
    const version = fromVersion(message.version, "hash.version", blame);
    return version === "" ? { hash, size } : { hash, size, version };
  }
  if (message.hash.length > 0) throw blame("hash.problem", "beside a hash");
  return { size, error: fromProblem(message.problem, "hash.problem", blame) };
}

/** The version of a file, as another machine tells it: any text, of which nothing is expected. */
export function fromVersion(text: string, field: string, blame: Blame): string {
  if (text.length <= MAX_VERSION_CHARS) return text;
  throw blame(field, `${text.length} characters`);
}

export function toFeatures(
  features: DiskFeatures,
): MessageInitShape<typeof GetFeaturesResponseSchema> {
  const { groups, ...rest } = features;
  return { ...rest, groups: [...(groups ?? [])], anyGroup: groups === undefined };
}

export function fromFeatures(message: GetFeaturesResponse, blame: Blame): DiskFeatures {
  const { timeStepNs, groups, anyGroup } = message;
  if (timeStepNs < 1 || timeStepNs > 10_000_000_000) {
    throw blame("time_step_ns", `${timeStepNs} is no step of time`);
  }
  atMost(groups.length, MAX_GROUPS, "groups", blame);
  return {
    timeStepNs,
    byteNames: message.byteNames,
    attributes: message.attributes,
    specials: message.specials,
    findsHoles: message.findsHoles,
    kernelConfinement: message.kernelConfinement,
    ...(anyGroup ? {} : { groups }),
  };
}

/** A list in messages of at most so many chunks. */
export function* toChunkLists(
  list: ChunkList,
  most: number,
): Generator<MessageInitShape<typeof ChunkFileResponseSchema>> {
  let offset = list.offset;
  for (let from = 0; from < list.lengths.length; from += most) {
    const lengths = [...list.lengths.subarray(from, from + most)];
    const hashes = list.hashes.subarray(from * HASH_BYTES, (from + lengths.length) * HASH_BYTES);
    yield { offset: toWide(offset, "offset"), lengths, hashes };
    for (const length of lengths) offset += length;
  }
}

/**
 * Chunks of a file as they come: each list must start where the one before it ended, with chunks
 * as the parameters (if they are known) allow them.
 */
export class ChunkOrder {
  #end = 0;
  #ended = false;

  constructor(readonly parameters: ChunkParameters | undefined, readonly blame: Blame) {}

  /** The next list. */
  take({ offset, lengths, hashes }: ChunkFileResponse): ChunkList {
    const { blame } = this;
    if (fromWide(offset, "offset", blame) !== this.#end) {
      throw blame("offset", `${offset}, where ${this.#end} comes next`);
    }
    if (hashes.length !== lengths.length * HASH_BYTES) {
      throw blame("hashes", `${hashes.length} bytes for ${lengths.length} chunks`);
    }
    const { min = 1, max = MAX_CHUNK_BYTES } = this.parameters ?? {};
    for (const length of lengths) {
      if (this.#ended) throw blame("lengths", "a chunk after the file's last, a short one");
      if (length < 1 || length > max) throw blame("lengths", `a chunk of ${length} bytes`);
      this.#ended = length < min;
    }
    const list = {
      offset: this.#end,
      lengths: Uint32Array.from(lengths),
      hashes: new Uint8Array(hashes),
    };
    const end = endOf(list);
    if (!Number.isSafeInteger(end)) throw blame("lengths", "the file ends beyond 2^53");
    this.#end = end;
    return list;
  }
}
