/** What the universe knows of a file, and the bounds and checks of what it is told. */
import type { ChunkIndexHeader, ChunkList } from "#core/cdc/mod.ts";
import { checkChunkIndex } from "#core/cdc/mod.ts";
import { OrbitError } from "#core/errors.ts";
import { HASH_BYTES } from "#core/hash/mod.ts";
import { decodeName, encodeName, escapeName } from "#core/names.ts";

/** One version of a file on a Star. */
export interface FileVersion {
  /** The Star it is on. */
  readonly star: string;
  /** Its path there, with `/` between names. */
  readonly path: string;
  /** Text that changes whenever its content may have changed. */
  readonly version: string;
  /** Bytes. */
  readonly size: number;
  /** How it was cut into chunks; see `toAlgorithmId`. */
  readonly algorithm: string;
}

/** All that is known of a file. */
export interface KnownFile extends FileVersion {
  /** BLAKE3 of the whole file, 32 bytes, if known. */
  readonly content?: Uint8Array<ArrayBuffer>;
}

/** One version of a file on a Star, and the chunks of all of it. */
export interface ChunkedFile {
  readonly star: string;
  readonly path: string;
  readonly version: string;
  readonly content?: Uint8Array;
  /** Must fit the list, which starts at the file's start. */
  readonly header: ChunkIndexHeader;
  readonly chunks: ChunkList;
}

/** Chunks of all files of one `put`, and so of one file, at most. */
export const MAX_PUT_CHUNKS = 2 ** 21;
const MAX_PATH_BYTES = 32 * 1024;
/** Sorts after every path. */
export const NO_PATH_AFTER: Uint8Array = new Uint8Array(MAX_PATH_BYTES + 1).fill(0xff);
const MAX_STAR_LENGTH = 256;
const MAX_VERSION_LENGTH = 512;

/**
 * The bytes of a path, by which files are found and ordered.
 *
 * @throws {OrbitError} `invalid`
 */
export function toPathBytes(path: string): Uint8Array {
  const bytes = encodeName(path);
  const fault = path === ""
    ? "empty"
    : bytes.length > MAX_PATH_BYTES
    ? `longer than ${MAX_PATH_BYTES} bytes`
    : path.length > 1 && path.endsWith("/")
    ? 'it ends with "/"'
    : path.includes("\0")
    ? "it has a NUL"
    : !path.isWellFormed() && decodeName(bytes) !== path
    ? "no name of a file decodes to it"
    : undefined;
  if (fault === undefined) return bytes;
  const shown = escapeName(path.slice(0, 200));
  throw new OrbitError("invalid", `look for "${shown}" in the universe: ${fault}`, {
    detail: { path },
  });
}

/** @throws {OrbitError} `invalid` when it is no hash. */
export function checkContent(content: Uint8Array): void {
  if (content.length === HASH_BYTES) return;
  const message = `look for content in the universe: a hash of ${content.length} bytes, not 32`;
  throw new OrbitError("invalid", message);
}

/**
 * Checks what was said of a file, but for its path.
 *
 * @throws {OrbitError} `invalid`, `corrupt` when the list doesn't fit its header, `unsupported` for
 * chunks of another algorithm.
 */
export function checkFile({ star, path, version, content, header, chunks }: ChunkedFile): void {
  if (star === "" || !isShortText(star, MAX_STAR_LENGTH)) {
    throw notPut(path, "the Star's name is empty, malformed or too long");
  }
  checkVersion(version, path);
  if (content !== undefined) checkContent(content);
  checkChunkIndex(header, chunks);
}

/** @throws {OrbitError} `invalid` when no file has such a version. */
export function checkVersion(version: string, path: string): void {
  if (!isShortText(version, MAX_VERSION_LENGTH)) {
    throw notPut(path, "its version is malformed or too long");
  }
}

function notPut(path: string, fault: string): OrbitError {
  const shown = escapeName(path.slice(0, 200));
  const message = `put "${shown}" into the universe: ${fault}`;
  return new OrbitError("invalid", message, { detail: { path } });
}

function isShortText(text: string, length: number): boolean {
  return text.length <= length && text.isWellFormed();
}
