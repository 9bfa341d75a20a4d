/** What every piece of file work is given. */
import type { Blake3 } from "#core/hash/mod.ts";
import { OrbitError } from "#core/errors.ts";
import type { Disk, Tree } from "../disk.ts";
import type { SpareParcel } from "../parcel/format.ts";

/** Bytes read or written at once: large enough to be cheap, small enough to stay in cache. */
export const BLOCK_BYTES = 1024 * 1024;

/** Bytes read at once only to be hashed: two threads of one core share a cache that holds both. */
export const STREAM_BYTES = 256 * 1024;

/** Trees kept open between two actions of one call. */
const MAX_TREES = 64;

/** What all work of a file worker shares, whatever it may reach. */
interface Kit {
  blake3?: Blake3;
  blocks?: [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
  zeros?: { length: number; hash: Uint8Array };
  readonly parcels: SpareParcel;
}

/** The state of one file worker: its disk, its hash, its buffers, the trees of the call at work. */
export class WorkContext {
  readonly #trees = new Map<string, Tree>();
  readonly #kit: Kit;

  /**
   * @param blake3 May come later, by {@linkcode setHash}, for work that never hashes.
   * @param cancelled A shared word, non-zero when work should stop at the next chance.
   */
  constructor(
    readonly disk: Disk,
    blake3?: Blake3,
    readonly cancelled: Int32Array = new Int32Array(1),
    kit: Kit = { blake3, parcels: {} },
  ) {
    this.#kit = kit;
  }

  /** The same for work that is confined to a scope, until it is disposed of. */
  within(scope: readonly string[]): WorkContext & Disposable {
    const disk = this.disk.within(scope);
    const context = new WorkContext(disk, undefined, this.cancelled, this.#kit);
    return Object.assign(context, {
      [Symbol.dispose]: () => {
        context.closeTrees();
        disk[Symbol.dispose]();
      },
    });
  }

  /** The hash; work that isn't in `HASHLESS` is only started once it is there. */
  get blake3(): Blake3 {
    const { blake3 } = this.#kit;
    if (blake3 === undefined) throw new OrbitError("internal", "file work: no hash opened");
    return blake3;
  }

  get hasHash(): boolean {
    return this.#kit.blake3 !== undefined;
  }

  setHash(blake3: Blake3): void {
    this.#kit.blake3 = blake3;
  }

  /** A buffer that no parcel is being filled in. */
  get parcels(): SpareParcel {
    return this.#kit.parcels;
  }

  /**
   * The tree of a base directory, opened once a call and closed after it, so that the next call
   * finds a base that was replaced anew. Work that goes on over several steps opens its own.
   */
  tree(base: string): Tree {
    let tree = this.#trees.get(base);
    if (tree === undefined) {
      tree = this.disk.openTree(base);
      this.#trees.set(base, tree);
    }
    return tree;
  }

  /** Two blocks for reading and reading back; shared by all work, never held across calls. */
  get blocks(): [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>] {
    return this.#kit.blocks ??= [this.#allocate(BLOCK_BYTES), this.#allocate(BLOCK_BYTES)];
  }

  #allocate(size: number): Uint8Array<ArrayBuffer> {
    return this.disk.allocate?.(size) ?? new Uint8Array(size);
  }

  /** Whether two blocks begin with the same bytes. */
  sameStart(a: Uint8Array<ArrayBuffer>, b: Uint8Array<ArrayBuffer>, length: number): boolean {
    return this.disk.sameStart?.(a, b, length) ?? sameStart(a, b, length);
  }

  /** BLAKE3 of so many zeros; of the last length that was asked for it is at hand. */
  hashOfZeros(length: number): Uint8Array {
    const known = this.#kit.zeros;
    if (known?.length === length) return known.hash;
    const hasher = this.blake3.create();
    const zeros = new Uint8Array(Math.min(length, BLOCK_BYTES));
    for (let left = length; left > 0; left -= zeros.length) {
      hasher.update(left < zeros.length ? zeros.subarray(0, left) : zeros);
    }
    const hash = hasher.digest();
    this.#kit.zeros = { length, hash };
    return hash;
  }

  /** @throws `unavailable` with `detail.errno` "ECANCELED" once cancellation was asked for. */
  checkCancelled(): void {
    if (Atomics.load(this.cancelled, 0) !== 0) {
      throw new OrbitError("unavailable", "file work: cancelled", {
        detail: { errno: "ECANCELED" },
      });
    }
  }

  /** Closes what {@linkcode tree} opened. */
  closeTrees(): void {
    for (const tree of this.#trees.values()) tree[Symbol.dispose]();
    this.#trees.clear();
  }

  /** Keeps a long batch over many bases from holding them all; between actions only. */
  limitTrees(): void {
    if (this.#trees.size > MAX_TREES) this.closeTrees();
  }
}

/** By words, with JavaScript alone; both start at a word of their memory. */
function sameStart(a: Uint8Array<ArrayBuffer>, b: Uint8Array<ArrayBuffer>, length: number) {
  const words = length >>> 2;
  const x = new Uint32Array(a.buffer, a.byteOffset, words);
  const y = new Uint32Array(b.buffer, b.byteOffset, words);
  for (let i = 0; i < words; i++) if (x[i] !== y[i]) return false;
  for (let i = words << 2; i < length; i++) if (a[i] !== b[i]) return false;
  return true;
}
