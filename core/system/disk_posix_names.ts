/**
 * The names of one directory, packed: no string and no object for each entry, so a directory of a
 * million costs some 25 MB and 200,000 are read in a few hundredths of a second.
 */
import { type OrbitError, systemError } from "#core/errors.ts";
import { compareBytes, decodeName } from "#core/names.ts";
import { type Address, ListedType, type NativeMemory } from "#core/posix/mod.ts";
import type { NameList } from "./name_list.ts";

/** A position is a chunk's index above this many bits of offset within the chunk. */
const OFFSET_BITS = 18;
const OFFSET_MASK = 2 ** OFFSET_BITS - 1;

/** The most bytes a chunk may have. */
export const CHUNK_BYTES = 2 ** OFFSET_BITS;

/** The most chunks that positions of 32 bits can tell apart. */
export const CHUNK_LIMIT = 2 ** (32 - OFFSET_BITS);

/**
 * Names in chunks of bytes: for each entry one byte of type (`DT_…`), its name, and a NUL (with
 * whatever else the system put between them). `order`
 * holds the entries' positions (of their names) in the order they are asked for.
 */
export class PackedNames {
  constructor(readonly chunks: readonly NativeMemory[], readonly order: Uint32Array) {}

  get count(): number {
    return this.order.length;
  }

  /** Where C finds the name; good as long as this object. */
  address(index: number): Address {
    const position = this.order[index];
    const { address } = this.chunks[position >>> OFFSET_BITS];
    // Cut to 64 bits, so that optimized code calculates without making BigInts.
    return BigInt.asUintN(64, address + BigInt(position & OFFSET_MASK));
  }

  /** The name's bytes, as a view. */
  bytes(index: number): Uint8Array {
    const position = this.order[index];
    const { bytes } = this.chunks[position >>> OFFSET_BITS];
    const start = position & OFFSET_MASK;
    let end = start;
    while (bytes[end] !== 0) end++;
    return bytes.subarray(start, end);
  }

  /** Where the name starts in {@linkcode memoryOf}; it ends at the NUL. */
  start(index: number): number {
    return this.order[index] & OFFSET_MASK;
  }

  /** The memory that the name is in. */
  memoryOf(index: number): Uint8Array {
    return this.chunks[this.order[index] >>> OFFSET_BITS].bytes;
  }

  /** The type that the listing gave (`DT_…`). */
  type(index: number): number {
    const position = this.order[index];
    return this.chunks[position >>> OFFSET_BITS].bytes[(position & OFFSET_MASK) - 1];
  }

  /** The chunk that holds a position; with {@linkcode offsetOf}, for code that reads byte by byte. */
  chunkOf(position: number): Uint8Array {
    return this.chunks[position >>> OFFSET_BITS].bytes;
  }
}

/** A position's offset in its chunk. */
export function offsetOf(position: number): number {
  return position & OFFSET_MASK;
}

/** The position of an offset in a chunk. */
export function positionOf(chunk: number, offset: number): number {
  return (chunk << OFFSET_BITS | offset) >>> 0;
}

/** One chosen name and what is known of its type (`DT_…`). */
export interface TypedName {
  bytes: Uint8Array;
  type: number;
}

/** Packs chosen names, sorted and each once. */
export function packNames(
  names: readonly TypedName[],
  allocate: (size: number) => NativeMemory,
): PackedNames {
  const sorted = names.toSorted((a, b) => compareBytes(a.bytes, b.bytes))
    .filter((name, i, all) => i === 0 || compareBytes(name.bytes, all[i - 1].bytes) !== 0);
  const chunks: NativeMemory[] = [];
  const order = new Uint32Array(sorted.length);
  let used = CHUNK_BYTES;
  for (const [index, { bytes, type }] of sorted.entries()) {
    if (used + bytes.length + 2 > CHUNK_BYTES) {
      chunks.push(allocate(Math.min(CHUNK_BYTES, bytesFrom(sorted, index))));
      used = 0;
    }
    const chunk = chunks[chunks.length - 1].bytes;
    chunk[used++] = type;
    order[index] = positionOf(chunks.length - 1, used);
    chunk.set(bytes, used);
    used += bytes.length + 1;
  }
  return new PackedNames(chunks, order);
}

/**
 * Packs a list as it is.
 *
 * @throws {OrbitError} `invalid` for what isn't the name of one entry.
 */
export function packNameList(
  { heap, spans }: NameList,
  allocate: (size: number) => NativeMemory,
): PackedNames {
  const chunks: NativeMemory[] = [];
  const order = new Uint32Array(spans.length / 2);
  let chunk = new Uint8Array(0);
  let used = CHUNK_BYTES;
  for (let i = 0; i < order.length; i++) {
    const start = spans[2 * i], length = spans[2 * i + 1];
    if (used + length + 2 > CHUNK_BYTES) {
      chunks.push(allocate(Math.min(CHUNK_BYTES, listedBytes(spans, i))));
      chunk = chunks[chunks.length - 1].bytes;
      used = 0;
    }
    chunk[used++] = ListedType.unknown;
    order[i] = positionOf(chunks.length - 1, used);
    for (let at = start; at < start + length; at++) {
      const byte = heap[at];
      if (byte === 0 || byte === SLASH) throw badName(heap.subarray(start, start + length));
      chunk[used++] = byte;
    }
    if (length === 0 || isDots(heap, start, length)) {
      throw badName(heap.subarray(start, start + length));
    }
    chunk[used++] = 0;
  }
  return new PackedNames(chunks, order);
}

const SLASH = 0x2f, DOT = 0x2e;

function isDots(heap: Uint8Array, start: number, length: number): boolean {
  return heap[start] === DOT && (length === 1 || (length === 2 && heap[start + 1] === DOT));
}

function badName(bytes: Uint8Array): OrbitError {
  return systemError("EINVAL", "look up", decodeName(bytes));
}

function listedBytes(spans: Uint32Array, from: number): number {
  let sum = 0;
  for (let i = from; 2 * i < spans.length && sum < CHUNK_BYTES; i++) sum += spans[2 * i + 1] + 2;
  return sum;
}

function bytesFrom(names: readonly TypedName[], from: number): number {
  let sum = 0;
  for (let i = from; i < names.length && sum < CHUNK_BYTES; i++) sum += names[i].bytes.length + 2;
  return sum;
}
