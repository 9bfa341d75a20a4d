/** Reading a Star's files: headers, hashes, content. */
import { OrbitError } from "#core/errors.ts";
import type { HashOptions, HashResult } from "#core/system/mod.ts";
import type { HashFilesResponse } from "#proto/gen/orbit/v1/files_pb.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { fromHash, toPath } from "./codec/bytes.ts";
import { fromInspection } from "./codec/inspection.ts";
import { fromWide, toWide } from "./codec/numbers.ts";
import { fromFileHash } from "./codec/result.ts";
import { pathSize, slices } from "#core/slices.ts";
import type { StarCalls } from "./star_calls.ts";
import { timeFor } from "./timeouts.ts";

const { method } = StarService;

const MAX_HEADER_BYTES = 64 * 1024;
/** Bytes of all headers of one answer. */
const HEADERS_BYTES = 1024 * 1024;
/** Bytes of one piece of content. */
const MAX_PIECE_BYTES = 1024 * 1024;
/** Files whose hashes are asked for at once. */
const HASH_BOUNDS = { count: 4096, size: 512 * 1024 };

/** A range of a file; length 0 means to the end. */
export interface Range {
  offset: number;
  length: number;
}

export async function remoteHeader(
  star: StarCalls,
  path: string,
  length: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  checkHeaderLength(length);
  const request = { pathBytes: toPath(path, "path"), length };
  const { data } = await star.ask(method.readHeader, request, { signal });
  return checkHeader(star, data, length);
}

export async function remoteHeaders(
  star: StarCalls,
  base: string,
  paths: string[],
  length: number,
  signal?: AbortSignal,
): Promise<Uint8Array[]> {
  checkHeaderLength(length);
  signal?.throwIfAborted();
  const bounds = { count: Math.floor(HEADERS_BYTES / Math.max(length, 256)), size: 512 * 1024 };
  const found: Uint8Array[] = [];
  for (const some of slices(paths, bounds, pathSize)) {
    const request = { base: toPath(base, "base"), paths: toPaths(some), length };
    const { headers } = await star.ask(method.readHeaders, request, { signal });
    if (headers.length !== some.length) {
      throw star.blame("headers", `${headers.length} of them for ${some.length} files`);
    }
    for (const header of headers) found.push(checkHeader(star, header, length));
  }
  return found;
}

function checkHeaderLength(length: number): void {
  if (Number.isInteger(length) && length >= 0 && length <= MAX_HEADER_BYTES) return;
  const text = `read header: length ${length} is not between 0 and ${MAX_HEADER_BYTES}`;
  throw new OrbitError("invalid", text);
}

function checkHeader(star: StarCalls, header: Uint8Array, length: number): Uint8Array {
  if (header.length <= length) return header;
  throw star.blame("header", `${header.length} bytes where ${length} were asked for`);
}

/** A range that ends with the file gets time by the file's size, once it is known to need it. */
export async function remoteHash(
  star: StarCalls,
  path: string,
  { offset, length }: Range,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const request = {
    pathBytes: toPath(path, "path"),
    offset: toWide(offset, "offset"),
    length: toWide(length, "length"),
  };
  signal?.throwIfAborted();
  using patience = star.patience(method.calculateHash.name, false, signal);
  patience.expect(timeFor(star.timeouts, length));
  const answer = star.caller.unary(method.calculateHash, request, { signal: patience.signal });
  if (length === 0) allowForSize(star, path, offset, patience);
  return fromHash((await answer).hash, "hash", star.blame);
}

/** Asks for the file's size, unless the hash comes soon, and makes the patience fit it. */
function allowForSize(
  star: StarCalls,
  path: string,
  offset: number,
  patience: ReturnType<StarCalls["patience"]>,
): void {
  patience.beforeEnd(async () => {
    const request = { path: toPath(path, "path") };
    const answer = await star.ask(method.inspect, request, { signal: patience.signal });
    const { entry } = fromInspection(answer, star.blame);
    return timeFor(star.timeouts, Math.max(0, (entry?.size ?? 0) - offset));
  });
}

/** Content, as much as was asked for and no more. */
export async function* remoteRead(
  star: StarCalls,
  path: string,
  { offset, length }: Range,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const request = {
    path: toPath(path, "path"),
    offset: toWide(offset, "offset"),
    length: toWide(length, "length"),
  };
  let total = 0;
  for await (const { data } of star.listen(method.readFile, request, () => false, { signal })) {
    total += data.length;
    if (data.length === 0 || data.length > MAX_PIECE_BYTES) {
      throw star.blame("data", `a piece of ${data.length} bytes`);
    }
    if (length > 0 && total > length) throw star.blame("data", `more than ${length} bytes`);
    yield data;
  }
  if (total < length) throw star.blame("data", `${total} bytes of ${length}`);
}

export async function remoteHashFiles(
  star: StarCalls,
  base: string,
  paths: string[],
  { signal, onBytes, versions }: HashOptions,
): Promise<HashResult[]> {
  signal?.throwIfAborted();
  const results: HashResult[] = [];
  for (const some of slices(paths, HASH_BOUNDS, pathSize)) {
    const request = { base: toPath(base, "base"), paths: toPaths(some), versions };
    const due = results.length + some.length;
    for await (const answer of star.listen(method.hashFiles, request, isBeat, { signal })) {
      for (const hash of answer.hashes) results.push(fromFileHash(hash, star.blame));
      if (results.length > due) throw star.blame("hashes", `more than ${some.length} of them`);
      const bytes = fromWide(answer.bytes, "bytes", star.blame);
      if (bytes > 0) onBytes?.(bytes);
    }
    if (results.length < due) throw star.blame("hashes", `${due - results.length} are missing`);
  }
  return results;
}

function isBeat({ hashes, bytes }: HashFilesResponse): boolean {
  return hashes.length === 0 && bytes === 0n;
}

function toPaths(paths: string[]): Uint8Array[] {
  return paths.map((path) => toPath(path, "paths"));
}
