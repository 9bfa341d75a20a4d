/** Paths, names and hashes as bytes. */
import { HASH_BYTES } from "#core/hash/mod.ts";
import { decodeName, encodeName } from "#core/names.ts";
import { type Blame, blameArgument } from "./blame.ts";

/** Bytes of a path. Trees may be deeper than one system call's path can be. */
export const MAX_PATH_BYTES = 64 * 1024;

/** A path as it travels. What it says is checked by who uses it. */
export function toPath(path: string, field: string): Uint8Array {
  const bytes = encodeName(path);
  if (bytes.length > MAX_PATH_BYTES) throw tooLong(bytes, field, blameArgument);
  return bytes;
}

/** A path of bounded length; nothing else is checked. */
export function fromPath(bytes: Uint8Array, field: string, blame: Blame): string {
  if (bytes.length > MAX_PATH_BYTES) throw tooLong(bytes, field, blame);
  return decodeName(bytes);
}

/** Several paths. */
export function fromPaths(paths: Uint8Array[], field: string, blame: Blame): string[] {
  return paths.map((path) => fromPath(path, field, blame));
}

/** A BLAKE3 digest. */
export function fromHash(bytes: Uint8Array, field: string, blame: Blame): Uint8Array {
  if (bytes.length === HASH_BYTES) return bytes;
  throw blame(field, `${bytes.length} bytes, not ${HASH_BYTES}`);
}

function tooLong(bytes: Uint8Array, field: string, blame: Blame) {
  return blame(field, `path of ${bytes.length} bytes, the limit is ${MAX_PATH_BYTES}`);
}
