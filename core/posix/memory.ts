/** Memory whose address C may be given: it lies outside V8's moving heap and lives as long as its owner. */
import { systemError } from "#core/errors.ts";
import { encodeName } from "#core/names.ts";
import type { Calls } from "./symbols.ts";

/** Where C finds something. */
export type Address = bigint;

/** Bytes that don't move. Keep the object for as long as the address is in use. */
export class NativeMemory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly address: Address;

  constructor(calls: Pick<Calls, "addressOf">, size: number) {
    // From an ArrayBuffer of its own: a small typed array without one would live in the moving heap.
    this.bytes = new Uint8Array(new ArrayBuffer(Math.max(size, 1)));
    this.address = calls.addressOf(this.bytes, 0n, 0n);
  }

  /** The memory as 32-bit words. */
  words(): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.bytes.buffer);
  }
}

/** Bytes that caches hold as one on x86-64, and on most AArch64. */
const CACHE_LINE_BYTES = 64;

/**
 * Bytes that begin where a cache line does, zeroed. The kernel fills them a fifth faster than most
 * that JavaScript gets, which begin in the middle of one.
 */
export function alignedBytes(
  calls: Pick<Calls, "addressOf">,
  size: number,
): Uint8Array<ArrayBuffer> {
  const { bytes, address } = new NativeMemory(calls, size + CACHE_LINE_BYTES);
  const start = Number(BigInt.asUintN(64, -address) % BigInt(CACHE_LINE_BYTES));
  return bytes.subarray(start, start + size);
}

/** The longest path the kernel takes in one call, with its NUL (`PATH_MAX`). */
export const PATH_MAX = 4096;

/** Room for one name or path as a NUL-terminated string. */
export class TextSlot {
  readonly #memory: NativeMemory;

  constructor(calls: Pick<Calls, "addressOf">) {
    this.#memory = new NativeMemory(calls, PATH_MAX);
  }

  /**
   * Stores the text and returns its address, valid until the next `put`.
   *
   * @throws {OrbitError} `invalid` when it holds a NUL or is longer than the kernel takes.
   */
  put(text: string): Address {
    const { bytes, address } = this.#memory;
    const length = text.length;
    if (length >= PATH_MAX) throw systemError("ENAMETOOLONG", "use", text);
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit === 0 || unit >= 0x80) return this.#putBytes(text);
      bytes[i] = unit;
    }
    bytes[length] = 0;
    return address;
  }

  #putBytes(text: string): Address {
    const { bytes, address } = this.#memory;
    const encoded = encodeName(text);
    if (encoded.includes(0)) throw systemError("EINVAL", "use", text);
    if (encoded.length >= PATH_MAX) throw systemError("ENAMETOOLONG", "use", text);
    bytes.set(encoded);
    bytes[encoded.length] = 0;
    return address;
  }
}
