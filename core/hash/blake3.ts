/** BLAKE3, by the fastest implementation that this process is permitted. */
import { OrbitError } from "#core/errors.ts";
// Not when it is used: a thread behind its wall can't keep what Deno makes of the module, and waits.
import { loadNative } from "./native.ts";
import { nativeAddonPath } from "./native_path.ts";

/** Hashes a sequence of bytes that is given piece by piece. */
export interface Hasher {
  /** Appends bytes. They are not kept: the caller may reuse the buffer at once. */
  update(bytes: Uint8Array): void;
  /** The 32-byte digest of everything appended so far; more may be appended afterwards. */
  digest(): Uint8Array<ArrayBuffer>;
  /** Forgets everything appended. */
  reset(): void;
}

/**
 * The BLAKE3 hash function (O'Connor, Aumasson, Neves, Wilcox-O'Hearn, 2020), unkeyed, with its
 * default 32 bytes of output. Both implementations give equal results.
 */
export interface Blake3 {
  readonly implementation: "native" | "wasm";
  /** Why the native implementation isn't used, for a person; null when it is. */
  readonly whyNotNative: string | null;
  /** The digest of one whole byte string. */
  hash(bytes: Uint8Array): Uint8Array<ArrayBuffer>;
  /** A new hasher; any number may be in use at a time. */
  create(): Hasher;
}

/** How {@linkcode openBlake3} chooses. */
export interface Blake3Options {
  /** Insists on one implementation, whatever else is possible. */
  only?: "native" | "wasm";
  /** The addon's real path, when the caller knows it; {@linkcode nativeAddonPath} otherwise. */
  addonPath?: string;
}

/**
 * Opens BLAKE3: the native addon when this process already has the permissions `ffi` and `read`
 * for exactly that file, WebAssembly otherwise. Never prompts.
 *
 * Call it before a process or worker gives up permissions; afterwards it needs none.
 *
 * @throws `unsupported` when `only: "native"` can't be had.
 */
export async function openBlake3(options: Blake3Options = {}): Promise<Blake3> {
  if (options.only === "wasm") return await fallBack("WebAssembly was asked for");
  const path = options.addonPath ?? nativeAddonPath();
  const native = path === null
    ? "no readable addon is installed for this platform"
    : loadNative(path);
  if (typeof native !== "string") return native;
  if (options.only === "native") {
    throw new OrbitError("unsupported", `open "native BLAKE3": ${native}`);
  }
  return await fallBack(native);
}

// Imported only when it is needed: what it builds on takes as long to load as a worker takes to
// start.
async function fallBack(whyNotNative: string): Promise<Blake3> {
  const { openWasm } = await import("./wasm.ts");
  return await openWasm(whyNotNative);
}
