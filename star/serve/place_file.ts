/** A single file that was asked for by ReplicateFile: checked, and put in its place. */
import { basename, dirname, isAbsolute, relative, resolve } from "node:path";
import { fromErrorData, OrbitError } from "#core/errors.ts";
import {
  type ActionOptions,
  FileType,
  type OrbitSystem,
  type TransferRequest,
} from "#core/system/mod.ts";
import type { ReplicateRequest } from "#proto/gen/orbit/v1/star_pb.ts";
import { FetchedFile, lost } from "./fetched_file.ts";

/** Files fetched at once. */
const MAX_FETCHES = 8;
const SUM_BYTES = 32;

/** What of a system it takes to place a file. */
export type PlaceSystem = Pick<OrbitSystem, "inspect" | "perform" | "receive">;

/** What a source tells of a file, and its content in order. */
export interface Arrival {
  /** For messages. */
  from: string;
  /** Of the whole file; undefined when the source doesn't tell. */
  size: bigint | undefined;
  pieces: AsyncIterator<Uint8Array>;
}

/** Lets no more than a few be fetched at a time. */
export class FetchGate {
  #open = 0;

  /** @throws {OrbitError} `exhausted` (retryable) */
  async run<T>(fetch: () => Promise<T>): Promise<T> {
    if (this.#open >= MAX_FETCHES) {
      throw new OrbitError("exhausted", `fetch file: ${this.#open} are being fetched already`, {
        detail: { retryable: true },
      });
    }
    this.#open++;
    try {
      return await fetch();
    } finally {
      this.#open--;
    }
  }
}

/** @throws {OrbitError} `invalid` */
export function checkRequest(
  { remotePath, localPath, expectedChecksum, expectedSize }: ReplicateRequest,
) {
  const refuse = (why: string) => {
    throw new OrbitError("invalid", `fetch file: ${why}`);
  };
  for (const [field, path] of Object.entries({ remotePath, localPath })) {
    const isGood = isAbsolute(path) && resolve(path) === path && path !== "/";
    if (!isGood) refuse(`${field} ${JSON.stringify(path)} is no absolute path of a file`);
  }
  const { length } = expectedChecksum;
  if (length !== 0 && length !== SUM_BYTES) refuse(`a checksum of ${length} bytes is no SHA-256`);
  if (expectedSize > BigInt(Number.MAX_SAFE_INTEGER)) refuse("no file has the expected size");
}

/** The copy that a request is for, of the one file that a grant has to name. */
export function copyFor(
  { remotePath, localPath }: Pick<ReplicateRequest, "remotePath" | "localPath">,
  base: string,
  size: number,
): TransferRequest {
  return {
    ...{ sources: [dirname(remotePath)], base, options: howToWrite() },
    actions: [{
      ...{ kind: "copy", path: basename(localPath), sourcePath: basename(remotePath) },
      ...{ source: 0, size, metadata: { permissions: 0o644 } },
    }],
  };
}

/**
 * Writes what arrives under a staged name, and gives it its own when all of it is there and is what
 * was expected.
 *
 * @throws {OrbitError} `corrupt` when it isn't.
 */
export async function placeFile(
  request: ReplicateRequest,
  { from, size: told, pieces }: Arrival,
  system: PlaceSystem,
  signal: AbortSignal,
): Promise<{ success: true; bytesTransferred: bigint; checksum: string }> {
  const size = toSize(told, request.expectedSize);
  const file = new FetchedFile(from, { size, pieces, expected: request.expectedChecksum });
  const base = await makeParents(dirname(request.localPath), system, signal);
  const [{ error }] = await system.receive(copyFor(request, base, size), file, { signal });
  if (error !== undefined) throw fromErrorData(error);
  return { success: true, bytesTransferred: BigInt(size), checksum: file.checksum };
}

/** The file's size, before any of it is written. */
function toSize(told: bigint | undefined, expected: bigint): number {
  if (told !== undefined && expected !== 0n && told !== expected) {
    throw lost(`it has ${told} bytes, not the expected ${expected}`);
  }
  const size = told ?? expected;
  if (told === undefined && expected === 0n) {
    const text = "fetch file: the source doesn't tell its size; expected_size has to";
    throw new OrbitError("unsupported", text);
  }
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw lost(`no file has ${size} bytes`);
  return Number(size);
}

/** Makes what is missing of a directory's path, and returns the path. */
async function makeParents(
  directory: string,
  system: PlaceSystem,
  signal: AbortSignal,
): Promise<string> {
  let base = directory;
  for (;; base = dirname(base)) {
    const { entry } = await system.inspect(base, { signal });
    if (entry === undefined) continue;
    if ((entry.mode & FileType.mask) === FileType.directory) break;
    throw new OrbitError("invalid", `fetch file: ${JSON.stringify(base)} is no directory`);
  }
  if (base === directory) return base;
  const names = relative(base, directory).split("/");
  const actions = names.map((_, i) => ({
    kind: "directory" as const,
    path: names.slice(0, i + 1).join("/"),
    metadata: { permissions: 0o755 },
  }));
  const results = await system.perform(base, actions, howToWrite(), { signal });
  for (const { error } of results) if (error !== undefined) throw fromErrorData(error);
  return directory;
}

function howToWrite(): ActionOptions {
  const [a, b] = crypto.getRandomValues(new Uint32Array(2));
  return {
    tag: (a.toString(36) + b.toString(36)).padStart(8, "0").slice(-8),
    ...{ verify: true, followLinks: false, keepTimes: false, sparse: false, inplace: false },
    ...{ fsync: false, keepPartial: false },
  };
}
