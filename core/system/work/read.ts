/** Work that only reads: hashes, headers, streams, chunks, facts. */
import {
  type BridgeRequest,
  chunkBridge,
  type ChunkList,
  type ChunkParameters,
  chunkSegment,
  type Segment,
} from "#core/cdc/mod.ts";
import { OrbitError, toErrorData } from "#core/errors.ts";
import { Column, ScanBatch } from "../scan_batch.ts";
import { ScanBatchBuilder } from "../scan_batch_builder.ts";
import { baseName, parentOf } from "../relative_path.ts";
import type { AttributeSelection, FileHandle, Tree } from "../disk.ts";
import type { HashResult, Inspection } from "../system.ts";
import { versionOfFile } from "../version.ts";
import { hashRange, isSameVersion } from "./content.ts";
import { BLOCK_BYTES, type WorkContext } from "./context.ts";
import { errnoOf } from "./staging.ts";

/** Longest header that is handed out. */
export const MAX_HEADER_BYTES = 64 * 1024;

/** Hashes whole files of a base. */
export function hashFiles(
  context: WorkContext,
  base: string,
  paths: string[],
  versions = false,
): HashResult[] {
  return paths.map((path) => {
    try {
      context.checkCancelled();
      using file = context.tree(base).openFile(path);
      if (versions) keepThroughPowerCut(file);
      const before = versions ? file.facts() : undefined;
      const { bytes, hash } = hashRange(context, file, 0, Number.MAX_SAFE_INTEGER);
      const isSame = before !== undefined && isSameVersion(file.facts(), before);
      return { hash, size: bytes, ...(isSame ? { version: versionOfFile(before) } : {}) };
    } catch (error) {
      return { size: 0, error: toErrorData(error) };
    }
  });
}

/** Some systems don't let a file be synced that is open for reading only. */
const NOT_SYNCED = ["EBADF", "EPERM", "EACCES", "EINVAL"];

/** Whoever asks for a version removes one of two that are equal: the other may not be in memory only. */
function keepThroughPowerCut(file: FileHandle): void {
  try {
    file.sync();
  } catch (error) {
    if (!NOT_SYNCED.includes(errnoOf(error) ?? "")) throw error;
  }
}

/** First bytes of files of a base; empty for those that can't be read. */
export function readHeaders(
  context: WorkContext,
  base: string,
  paths: string[],
  length: number,
): Uint8Array[] {
  const limit = checkHeaderLength(length);
  return paths.map((path) => {
    try {
      using file = context.tree(base).openFile(path);
      const into = new Uint8Array(limit);
      return into.slice(0, file.read(into, 0));
    } catch {
      // An unreadable file has no header to judge by; its copy will report what is wrong.
      return new Uint8Array(0);
    }
  });
}

/** First bytes of one file. */
export function readHeader(context: WorkContext, path: string, length: number): Uint8Array {
  using file = openAbsolute(context, path);
  const into = new Uint8Array(checkHeaderLength(length));
  return into.slice(0, file.read(into, 0));
}

function checkHeaderLength(length: number): number {
  if (Number.isInteger(length) && length >= 0 && length <= MAX_HEADER_BYTES) return length;
  throw new OrbitError(
    "invalid",
    `read header: length ${length} is not between 0 and ${MAX_HEADER_BYTES}`,
  );
}

/** BLAKE3 of a range of one file; length 0 means to the end. */
export function calculateHash(
  context: WorkContext,
  path: string,
  offset: number,
  length: number,
): Uint8Array {
  using file = openAbsolute(context, path);
  const range = checkRange(file, path, offset, length);
  const { bytes, hash } = hashRange(context, file, offset, range);
  if (bytes === range) return hash;
  throw new OrbitError("conflict", `hash ${JSON.stringify(path)}: file shrank while it was read`, {
    detail: { path, errno: "ECHANGED" },
  });
}

/** The bytes of a range, a block at a time. */
export function* readRange(
  context: WorkContext,
  path: string,
  offset: number,
  length: number,
): Generator<Uint8Array<ArrayBuffer>> {
  using file = openAbsolute(context, path);
  const end = offset + checkRange(file, path, offset, length);
  for (let position = offset; position < end;) {
    const block = new Uint8Array(Math.min(BLOCK_BYTES, end - position));
    const got = file.read(block, position);
    if (got === 0) {
      throw new OrbitError("conflict", `read ${JSON.stringify(path)}: file shrank`, {
        detail: { path, errno: "ECHANGED" },
      });
    }
    position += got;
    yield got === block.length ? block : block.slice(0, got);
  }
}

/** The chunks of one segment of a file; see `core/cdc`. */
export function chunkFileSegment(
  context: WorkContext,
  path: string,
  parameters: ChunkParameters,
  segment: Segment,
): ChunkList {
  using file = openAbsolute(context, path);
  return chunkSegment(file, { parameters, blake3: context.blake3, segment });
}

/** The chunks between two segments whose cuts have to meet. */
export function chunkFileBridge(
  context: WorkContext,
  path: string,
  parameters: ChunkParameters,
  request: BridgeRequest,
): ChunkList {
  using file = openAbsolute(context, path);
  return chunkBridge(file, { parameters, blake3: context.blake3, request });
}

/** What lies at an absolute path, links followed. */
export function inspect(
  context: WorkContext,
  path: string,
  attributes: AttributeSelection,
): Inspection {
  const builder = new ScanBatchBuilder();
  let space: Inspection["space"];
  try {
    const tree = context.tree(path);
    const facts = tree.facts("");
    if (facts === null) return {};
    const found = attributes === "none" ? [] : tree.attributes("", attributes);
    builder.addEntry(new Uint8Array(0), { ...facts, attributes: found });
    space = spaceOf(tree);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return {};
    if (errnoOf(error) !== "ENOTDIR") throw error;
    using listing = context.tree(parentOf(path) || "/").list("", { names: [baseName(path)] });
    if (listing.count === 0) return {};
    if (listing.describe(0, builder, { follow: true, attributes }) === 0) return {};
    builder.rows[Column.nameAt] = builder.rows[Column.nameLength] = 0;
  }
  const row = builder.take();
  return { entry: new ScanBatch(row).entry(0, ""), row, space };
}

/** Free and total space; undefined where this thread may not ask. */
function spaceOf(tree: Tree): Inspection["space"] {
  try {
    return tree.space();
  } catch (error) {
    if (error instanceof OrbitError && error.code === "denied") return undefined;
    throw error;
  }
}

/** Opens a file by its absolute path; its directory must be under a root. */
function openAbsolute(context: WorkContext, path: string): FileHandle {
  using tree = context.disk.openTree(parentOf(path) || "/");
  return tree.openFile(baseName(path), { follow: true });
}

function checkRange(file: FileHandle, path: string, offset: number, length: number): number {
  const { size } = file.facts();
  const range = length === 0 ? size - offset : length;
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
  if (whole && offset >= 0 && range >= 0 && offset + range <= size) {
    return range;
  }
  throw new OrbitError(
    "invalid",
    `read ${JSON.stringify(path)}: range ${offset}+${length} leaves the file of ${size} bytes`,
    { detail: { path } },
  );
}
