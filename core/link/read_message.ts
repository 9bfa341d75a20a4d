/** Requests of a Direct Link, as messages. */
import type { IncomingMessage } from "node:http";
import { fromBinary } from "@bufbuild/protobuf";
import { type ErrorCode, OrbitError } from "#core/errors.ts";
import { MAX_ITEMS_BYTES } from "./items.ts";

const MAX_BODY_BYTES = MAX_ITEMS_BYTES + 64 * 1024;
/** How long a request may take to arrive. */
const REQUEST_MS = 60_000;

/**
 * @throws {OrbitError} `invalid` for what is no such message, `unavailable` when it doesn't arrive.
 * @param tooLong What a request that is too long is refused with.
 */
export async function readMessage<S extends Parameters<typeof fromBinary>[0]>(
  request: IncomingMessage,
  schema: S,
  tooLong: ErrorCode = "exhausted",
) {
  const body = await readBody(request, tooLong);
  try {
    return fromBinary<S>(schema, body);
  } catch (cause) {
    throw new OrbitError("invalid", "link: the request can't be read", { cause });
  }
}

async function readBody(request: IncomingMessage, tooLong: ErrorCode): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const timer = setTimeout(() => {
    request.destroy(new OrbitError("unavailable", "link: the request didn't arrive"));
  }, REQUEST_MS);
  try {
    for await (const piece of request) {
      length += piece.length;
      if (length > MAX_BODY_BYTES) {
        throw new OrbitError(tooLong, "link: the request is too long");
      }
      pieces.push(piece);
    }
  } finally {
    clearTimeout(timer);
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    body.set(piece, at);
    at += piece.length;
  }
  return body;
}
