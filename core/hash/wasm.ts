/** BLAKE3 by WebAssembly (hash-wasm). */
import { createBLAKE3, type IHasher } from "hash-wasm";
import type { Blake3, Hasher } from "./blake3.ts";

/**
 * One WebAssembly instance serves every hasher: the state of the one at work is in it, those of
 * the others are saved (2 KB each). Making an instance is asynchronous, this isn't.
 */
class Engine {
  readonly #inner: IHasher;
  #loaded: WasmHasher | null = null;

  constructor(inner: IHasher) {
    this.#inner = inner;
  }

  /** The instance with the hasher's state in it. */
  enter(hasher: WasmHasher): IHasher {
    if (this.#loaded === hasher) return this.#inner;
    this.vacate();
    if (hasher.saved === null) this.#inner.init();
    else this.#inner.load(hasher.saved);
    this.#loaded = hasher;
    return this.#inner;
  }

  /** Saves the state of whoever is in the instance. */
  vacate(): IHasher {
    if (this.#loaded !== null) {
      this.#loaded.saved = this.#inner.save();
      this.#loaded = null;
    }
    return this.#inner;
  }

  /** Drops a hasher's state. */
  forget(hasher: WasmHasher): void {
    if (this.#loaded === hasher) this.#loaded = null;
    hasher.saved = null;
  }

  hash(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const inner = this.vacate();
    inner.init();
    inner.update(bytes);
    return inner.digest("binary") as Uint8Array<ArrayBuffer>;
  }
}

class WasmHasher implements Hasher {
  /** The state while another hasher is in the instance; null when nothing was appended yet. */
  saved: Uint8Array | null = null;
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  update(bytes: Uint8Array): void {
    this.#engine.enter(this).update(bytes);
  }

  digest(): Uint8Array<ArrayBuffer> {
    this.#engine.enter(this);
    return this.#engine.vacate().digest("binary") as Uint8Array<ArrayBuffer>;
  }

  reset(): void {
    this.#engine.forget(this);
  }
}

/** Opens BLAKE3 in WebAssembly; needs no permission. */
export async function openWasm(whyNotNative: string): Promise<Blake3> {
  const engine = new Engine(await createBLAKE3());
  return {
    implementation: "wasm",
    whyNotNative,
    hash: (bytes) => engine.hash(bytes),
    create: () => new WasmHasher(engine),
  };
}
