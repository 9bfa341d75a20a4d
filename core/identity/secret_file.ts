/** Secrets in files: read only where nobody else can, written so that nobody else ever could. */
import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { attempt } from "#core/deno_errors.ts";
import { OrbitError } from "#core/errors.ts";
import { reveal, Secret } from "./secret.ts";

/** No secret is larger, wherever it comes from. */
export const MAX_SECRET_BYTES = 64 * 1024;

const PRIVATE_MODE = 0o600;
const OTHERS = 0o077;

/**
 * Reads a secret from a file, without the one newline at its end that editors leave.
 *
 * @throws {OrbitError} `not_found`; `denied` when group or others have any right to it (where the
 * system has such rights); `invalid` when it isn't a file, is empty, isn't UTF-8, or is larger than
 * 64 KiB.
 */
export function readSecretFile(path: string): Secret {
  const bytes = attempt("read secret file", path, () => {
    // Before opening, which would wait at a named pipe.
    requirePrivateFile(Deno.statSync(path), path);
    using file = Deno.openSync(path);
    requirePrivateFile(file.statSync(), path);
    return readBounded(file);
  });
  return parseSecret(bytes, `secret file ${JSON.stringify(path)}`);
}

/**
 * Writes a file that only its owner may read, durably and at once: whoever opens the path, even
 * after a crash, finds the old content or the new. Whatever was there is replaced; a symbolic link
 * is, not what it leads to.
 *
 * @throws {OrbitError} as the system refuses it; nothing is left behind then.
 */
export function writePrivateFile(path: string, text: string | Secret): void {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(8).toString("hex")}.tmp`);
  attempt("write private file", path, () => {
    try {
      writeNewFile(temporary, new TextEncoder().encode(reveal(text)));
      Deno.renameSync(temporary, path);
    } catch (error) {
      removeIfThere(temporary);
      throw error;
    }
    syncFolder(folder);
  });
}

/**
 * Bytes as a secret: UTF-8, without the newline at the end, not empty, not larger than 64 KiB.
 *
 * @throws {OrbitError} `invalid`; never showing any of it.
 */
export function parseSecret(bytes: Uint8Array, what: string): Secret {
  if (bytes.length > MAX_SECRET_BYTES) {
    throw new OrbitError("invalid", `read ${what}: larger than ${MAX_SECRET_BYTES} bytes`);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new OrbitError("invalid", `read ${what}: not UTF-8 text`);
  }
  const secret = text.replace(/\r?\n$/, "");
  if (secret === "") throw new OrbitError("invalid", `read ${what}: it is empty`);
  return new Secret(secret);
}

function requirePrivateFile(info: Deno.FileInfo, path: string): void {
  const shown = JSON.stringify(path);
  if (!info.isFile) throw new OrbitError("invalid", `read secret file ${shown}: not a file`);
  if (info.mode !== null && (info.mode & OTHERS) !== 0) {
    const mode = (info.mode & 0o777).toString(8).padStart(4, "0");
    throw new OrbitError(
      "denied",
      `read secret file ${shown}: others have rights to it (mode ${mode}); run chmod 600 on it`,
    );
  }
}

/** At most one byte more than is allowed, so that the caller sees it is too much. */
function readBounded(file: Deno.FsFile): Uint8Array {
  const buffer = new Uint8Array(MAX_SECRET_BYTES + 1);
  let length = 0;
  while (length < buffer.length) {
    const read = file.readSync(buffer.subarray(length));
    if (read === null) break;
    length += read;
  }
  return buffer.subarray(0, length);
}

function writeNewFile(path: string, bytes: Uint8Array): void {
  using file = Deno.openSync(path, { write: true, createNew: true, mode: PRIVATE_MODE });
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  file.syncSync();
}

/** Makes the rename itself durable; Windows neither needs nor allows it. */
function syncFolder(folder: string): void {
  if (Deno.build.os === "windows") return;
  using handle = Deno.openSync(folder);
  handle.syncSync();
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
