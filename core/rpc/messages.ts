/** Messages to bytes and back, bounded. */
import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { type ErrorCode, OrbitError } from "#core/errors.ts";
import { encodeBinary } from "./large_bytes.ts";
import { MAX_MESSAGE_BYTES } from "./limits.ts";

/** @throws exhausted when the message is larger than the bound */
export function encodeMessage<D extends DescMessage>(
  desc: D,
  message: MessageInitShape<D>,
): Uint8Array {
  const bytes = encodeBinary(desc, create(desc, message));
  checkMessageSize(bytes.length);
  return bytes;
}

/** @throws exhausted */
export function checkMessageSize(bytes: number, limit = MAX_MESSAGE_BYTES): void {
  if (bytes <= limit) return;
  throw new OrbitError("exhausted", `message of ${bytes} bytes: the limit is ${limit}`);
}

/**
 * @param blame The code for bytes that are no such message: `invalid` for requests, `corrupt` for
 * answers.
 */
export function decodeMessage<D extends DescMessage>(
  desc: D,
  bytes: Uint8Array,
  blame: ErrorCode,
): MessageShape<D> {
  checkMessageSize(bytes.length);
  try {
    // No Node Buffer, which gRPC gives: all bytes in the message would be Buffers as well, whose
    // slice() shares its memory.
    return fromBinary(desc, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
  } catch (cause) {
    throw new OrbitError(blame, `message isn't an ${desc.typeName}`, { cause });
  }
}
