/** Bytes that travel compressed when that pays. */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { RowsEncoding } from "#proto/gen/orbit/v1/files_pb.ts";
import type { Blame } from "./blame.ts";

/** What is shorter isn't worth the call. */
const LEAST_BYTES = 512;

/** Bytes and how they are encoded. */
export interface Packed {
  bytes: Uint8Array;
  encoding: RowsEncoding;
}

/** Level 1: listings shrink to a third or less of their size, faster than a gigabit network is. */
export function pack(bytes: Uint8Array): Packed {
  if (bytes.length >= LEAST_BYTES) {
    const smaller = deflateRawSync(bytes, { level: 1 });
    if (smaller.length < bytes.length * 0.9) {
      return { bytes: smaller, encoding: RowsEncoding.DEFLATE };
    }
  }
  return { bytes, encoding: RowsEncoding.PLAIN };
}

/** Exactly `length` bytes; never more memory than that, whatever was sent. */
export function unpack(
  { bytes, encoding }: Packed,
  length: number,
  field: string,
  blame: Blame,
): Uint8Array<ArrayBuffer> {
  const plain = encoding === RowsEncoding.PLAIN || (length === 0 && bytes.length === 0)
    ? bytes
    : encoding === RowsEncoding.DEFLATE
    ? inflate(bytes, length, field, blame)
    : undefined;
  if (plain === undefined) throw blame(`${field}_encoding`, `unknown value ${encoding}`);
  if (plain.length !== length) throw blame(field, `${plain.length} bytes, not ${length}`);
  return plain as Uint8Array<ArrayBuffer>;
}

function inflate(bytes: Uint8Array, length: number, field: string, blame: Blame): Uint8Array {
  try {
    return inflateRawSync(bytes, { maxOutputLength: Math.max(1, length) });
  } catch {
    throw blame(field, `not ${length} compressed bytes`);
  }
}
