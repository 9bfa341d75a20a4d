/** Short answers of a source, and its refusals. */
import { fromBinary } from "@bufbuild/protobuf";
import { type ErrorCode, isErrorCode, OrbitError } from "#core/errors.ts";
import { plainLine } from "#core/plain_line.ts";
import { LinkRefusalSchema } from "#proto/gen/orbit/v1/link_pb.ts";
import { broken, type HttpAnswer } from "./http.ts";

/** The longest answer that isn't content. */
const MAX_ANSWER_BYTES = 16 * 1024;
/** The longest text that is told on. */
const MAX_MESSAGE_LENGTH = 512;

/** An answer that isn't content, whole. */
export async function readShort(answer: HttpAnswer): Promise<Uint8Array> {
  const bytes = new Uint8Array(MAX_ANSWER_BYTES + 1);
  const length = await answer.read(bytes);
  if (length > MAX_ANSWER_BYTES) throw broken("the answer is too long");
  return bytes.subarray(0, length);
}

/**
 * What may be otherwise with another grant, which each try gets: a certificate was just renewed, or
 * a source that was started anew knows none of its links.
 */
const PASSING: readonly ErrorCode[] = ["unavailable", "exhausted", "denied", "unauthenticated"];

/** What the source says when it refuses. */
export async function refusal(answer: HttpAnswer): Promise<OrbitError> {
  const bytes = await readShort(answer);
  const { code, message } = readOr(() => fromBinary(LinkRefusalSchema, bytes));
  const known = isErrorCode(code) ? code : "unavailable";
  const retryable = PASSING.includes(known);
  const text = plainLine(message, MAX_MESSAGE_LENGTH) ||
    `the source answered with ${answer.status}`;
  return new OrbitError(known, text, { detail: { side: "source", retryable } });
}

export function readOr<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw broken("the answer can't be read", cause);
  }
}
