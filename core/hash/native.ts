/** BLAKE3 by the native addon `@napi-rs/blake-hash`. */
import type { Blake3, Hasher } from "./blake3.ts";
import { toHex } from "./digest.ts";
import { openAddon } from "./open_addon.ts";

/** What the addon exports, as far as it is used; its functions take any `Uint8Array`. */
interface Addon {
  blake3(bytes: Uint8Array): Uint8Array;
  Blake3Hasher: new () => AddonHasher;
}

interface AddonHasher {
  update(bytes: Uint8Array): unknown;
  digestBuffer(): Uint8Array;
  reset(): void;
}

const EMPTY_DIGEST = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";

/** BLAKE3 by the addon at a real path, or the reason why not. Never prompts. */
export function loadNative(path: string): Blake3 | string {
  for (const name of ["ffi", "read"] as const) {
    if (Deno.permissions.querySync({ name, path }).state !== "granted") {
      return `no ${name} permission for ${JSON.stringify(path)}`;
    }
  }
  try {
    const addon = openAddon(path) as Addon;
    if (toHex(addon.blake3(new Uint8Array(0))) !== EMPTY_DIGEST) {
      return `${JSON.stringify(path)} gives wrong digests`;
    }
    return nativeBlake3(addon);
  } catch (error) {
    return `load ${JSON.stringify(path)}: ${error instanceof Error ? error.message : error}`;
  }
}

function nativeBlake3(addon: Addon): Blake3 {
  return {
    implementation: "native",
    whyNotNative: null,
    hash: (bytes) => new Uint8Array(addon.blake3(bytes)),
    create: () => new NativeHasher(new addon.Blake3Hasher()),
  };
}

class NativeHasher implements Hasher {
  readonly #inner: AddonHasher;

  constructor(inner: AddonHasher) {
    this.#inner = inner;
  }

  update(bytes: Uint8Array): void {
    this.#inner.update(bytes);
  }

  // Copied: if it is a Buffer, its slice() shares memory, unlike every other Uint8Array's.
  digest(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#inner.digestBuffer());
  }

  reset(): void {
    this.#inner.reset();
  }
}
