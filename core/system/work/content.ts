/** Moving a file's bytes: read, hash, write, and read back. */
import { equalBytes, type Hasher } from "#core/hash/mod.ts";
import { OrbitError } from "#core/errors.ts";
import type { FileFacts, FileHandle } from "../disk.ts";
import { BLOCK_BYTES, STREAM_BYTES, type WorkContext } from "./context.ts";
import { atSource } from "./source_trouble.ts";

/** Zero runs are looked for in pieces of this many bytes, aligned to it. */
const HOLE_BYTES = 4096;

/** What {@linkcode copyRange} did. */
export interface CopiedRange {
  /** Bytes that the source gave; fewer than asked for when it ended early. */
  bytes: number;
  /** BLAKE3 of those bytes. */
  hash: Uint8Array;
}

/** How {@linkcode copyRange} writes. */
export interface RangeOptions {
  /** Leave zero runs unwritten (the target must be empty there). */
  holes: boolean;
  /** Read back what was written and compare it with what was read; the target has its full size. */
  verify?: {
    path: string;
    /** Have the system write it out and forget it first, so the disk itself answers. */
    fromDisk: boolean;
  };
}

/**
 * Copies a range to the same place in another file and hashes what was read. A block is read back
 * while the source's bytes are still at hand: comparing those says more than a second hash, and
 * costs less.
 *
 * @throws `corrupt` (retryable) when what is read back differs.
 */
export function copyRange(
  context: WorkContext,
  from: FileHandle,
  to: FileHandle,
  { offset, length }: { offset: number; length: number },
  { holes, verify }: RangeOptions,
): CopiedRange {
  const [block, back] = context.blocks;
  const hasher = context.blake3.create();
  let bytes = 0;
  while (bytes < length) {
    context.checkCancelled();
    const at = offset + bytes, want = Math.min(STREAM_BYTES, length - bytes);
    const got = atSource(() => from.read(block.subarray(0, want), at));
    if (got === 0) break;
    const data = block.subarray(0, got);
    hasher.update(data);
    if (holes) writeAroundZeros(to, data, at);
    else to.write(data, at);
    if (verify?.fromDisk === false) {
      const isThere = to.read(back.subarray(0, got), at) === got &&
        context.sameStart(block, back, got);
      if (!isThere) throw notAsWritten(verify.path);
    }
    bytes += got;
    if (got < want) break;
  }
  const copied = { bytes, hash: hasher.digest() };
  if (verify?.fromDisk) verifyOnDisk(context, to, offset, copied, verify.path);
  return copied;
}

/** Has the disk itself answer what was written there, and compares that by its hash. */
function verifyOnDisk(
  context: WorkContext,
  file: FileHandle,
  offset: number,
  copied: CopiedRange,
  path: string,
): void {
  readFromDisk(file);
  const there = hashRange(context, file, offset, copied.bytes);
  if (there.bytes !== copied.bytes || !equalBytes(there.hash, copied.hash)) {
    throw notAsWritten(path);
  }
}

/**
 * Copies a whole file block by block, without hashing: for {@linkcode isAsRead}, which finds a
 * file that fits into a block still there.
 *
 * @returns Bytes that the source gave; fewer than `size` when it ended early.
 */
export function copyWhole(
  context: WorkContext,
  from: FileHandle,
  to: FileHandle,
  size: number,
  holes: boolean,
): number {
  const [block] = context.blocks;
  let bytes = 0;
  while (bytes < size) {
    context.checkCancelled();
    const want = Math.min(BLOCK_BYTES, size - bytes);
    const into = want === BLOCK_BYTES ? block : block.subarray(0, want);
    const got = atSource(() => from.read(into, bytes));
    const data = got === want ? into : block.subarray(0, got);
    if (holes) writeAroundZeros(to, data, bytes);
    else if (got > 0) to.write(data, bytes);
    bytes += got;
    if (got < want) break;
  }
  return bytes;
}

/**
 * Reads back what {@linkcode copyWhole} wrote and compares it byte for byte with what the source
 * gave: for a file of one block with what is still in memory, else with what it gives now. Both say
 * more than comparing hashes, and cost less. A source that changed meanwhile may differ as well.
 */
export function isAsRead(
  context: WorkContext,
  from: FileHandle,
  file: FileHandle,
  size: number,
  fromDisk: boolean,
): boolean {
  if (fromDisk) readFromDisk(file);
  const [block, back] = context.blocks;
  for (let at = 0; at < size; at += BLOCK_BYTES) {
    context.checkCancelled();
    const want = Math.min(BLOCK_BYTES, size - at);
    if (size > BLOCK_BYTES) {
      const again = atSource(() => from.read(block.subarray(0, want), at));
      if (again !== want) return false;
    }
    const got = file.read(back.subarray(0, want), at);
    if (got !== want || !context.sameStart(block, back, want)) return false;
  }
  return true;
}

/** BLAKE3 of a range, and how many bytes there were. */
export function hashRange(
  context: WorkContext,
  file: FileHandle,
  offset: number,
  length: number,
): CopiedRange {
  const block = context.blocks[1].subarray(0, STREAM_BYTES);
  let hasher: Hasher | undefined;
  let bytes = 0;
  while (bytes < length) {
    context.checkCancelled();
    const want = Math.min(STREAM_BYTES, length - bytes);
    const got = file.read(want === STREAM_BYTES ? block : block.subarray(0, want), offset + bytes);
    if (got === 0) break;
    const data = got === STREAM_BYTES ? block : block.subarray(0, got);
    bytes += got;
    const complete = bytes === length || got < want;
    if (complete && hasher === undefined) return { bytes, hash: context.blake3.hash(data) };
    hasher ??= context.blake3.create();
    hasher.update(data);
    if (got < want) break;
  }
  return { bytes, hash: hasher?.digest() ?? context.blake3.hash(new Uint8Array(0)) };
}

/** Has the system write a file out and forget it, so that the disk itself answers. */
export function readFromDisk(file: FileHandle): void {
  file.sync();
  file.evict();
}

/** The error for a copy that doesn't hold what was written into it. */
export function notAsWritten(path: string): OrbitError {
  return new OrbitError(
    "corrupt",
    `verify ${JSON.stringify(path)}: what was read back is not what was written`,
    { detail: { path, side: "destination", retryable: true } },
  );
}

/** Writes a block except for its aligned zero runs; the file must be empty where they lie. */
export function writeAroundZeros(to: FileHandle, data: Uint8Array, position: number): void {
  let from = 0;
  for (let at = 0; at < data.length;) {
    const end = Math.min(data.length, at + HOLE_BYTES - ((position + at) % HOLE_BYTES));
    if (isZero(data, at, end)) {
      if (from < at) to.write(data.subarray(from, at), position + from);
      from = end;
    }
    at = end;
  }
  if (from < data.length) to.write(data.subarray(from), position + from);
}

function isZero(data: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    if (data[i] !== 0) return false;
  }
  return true;
}

/** Whether a range of a file holds nothing but zeros; its holes aren't read. */
export function isZeroRange(
  context: WorkContext,
  file: FileHandle,
  offset: number,
  length: number,
): boolean {
  const block = context.blocks[1];
  const end = offset + length;
  for (let at = file.nextData(offset); at < end; at = file.nextData(at)) {
    context.checkCancelled();
    const got = file.read(block.subarray(0, Math.min(BLOCK_BYTES, end - at)), at);
    if (got === 0) return true;
    if (!isZero(block, 0, got)) return false;
    at += got;
  }
  return true;
}

/** Text that changes whenever a file's content may have changed. */
export function versionOf(facts: FileFacts): string {
  return [
    facts.size,
    `${facts.mtime}.${facts.mtimeNs}`,
    `${facts.ctime}.${facts.ctimeNs}`,
    `${facts.devMajor}.${facts.devMinor}`,
    facts.ino,
  ].join(":");
}

/** Whether a file's content can't have changed between two looks at its facts. */
export function isSameVersion(a: FileFacts, b: FileFacts): boolean {
  return a.size === b.size && a.mtime === b.mtime && a.mtimeNs === b.mtimeNs &&
    a.ctime === b.ctime && a.ctimeNs === b.ctimeNs && a.ino === b.ino &&
    a.devMajor === b.devMajor && a.devMinor === b.devMinor;
}

/** Whether a file occupies less than its size: it has holes. */
export function isSparse(facts: FileFacts): boolean {
  return facts.blocks * 512 < facts.size;
}
