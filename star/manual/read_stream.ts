/** `ReadStream`: one file's bytes for whoever shows a token that names it. */
import { resolve } from "node:path";
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import type { Secret } from "#core/identity/secret.ts";
import type { LinkMeter } from "#core/link/meter.ts";
import type { CallContext, Handlers } from "#core/rpc/mod.ts";
import type { OrbitSystem } from "#core/system/mod.ts";
import type { ReadStreamRequest, StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import type { FailureLimit } from "./failure_limit.ts";
import { readTransferToken } from "./transfer_token.ts";

/** Bytes of one message. */
const CHUNK_BYTES = 64 * 1024;

/** What it is made of. */
export interface ReadStreamOptions {
  system: Pick<OrbitSystem, "inspect" | "openStream">;
  secret: Secret;
  failures: FailureLimit;
  meter: Pick<LinkMeter, "gaveBytes" | "refusedGrant">;
  clock: Pick<Clock, "now">;
  /** Ends all streams. */
  closing: AbortSignal;
  /** Streams at once. */
  maxStreams: number;
}

/** The handler. The token is its caller's right: there is no session. */
export function readStreamHandler(
  options: ReadStreamOptions,
): NonNullable<Handlers<typeof StarService>["readStream"]> {
  let streams = 0;
  return async function* (request, context) {
    if (streams >= options.maxStreams) {
      throw new OrbitError("exhausted", `read file: ${streams} streams are open already`, {
        detail: { retryable: true },
      });
    }
    streams++;
    try {
      const signal = AbortSignal.any([context.signal, options.closing]);
      await checkToken(request, context, options);
      const { size, stream } = await openFile(request, options, signal);
      yield* pieces(stream, size, options.meter);
    } finally {
      streams--;
    }
  };
}

/** @throws {OrbitError} `denied` for a token that is refused, which is counted. */
async function checkToken(
  { path, transferToken }: ReadStreamRequest,
  { peer }: CallContext,
  { secret, failures, meter, clock }: ReadStreamOptions,
): Promise<void> {
  try {
    const allowed = await failures.guard(
      peer,
      () => readTransferToken(transferToken, { secret, clock }),
    );
    // As texts: whether links lead out of the roots is for the walls to see.
    if (path.startsWith("/") && resolve(path) === resolve("/", allowed)) return;
    throw new OrbitError("denied", "check transfer token: it is for another file");
  } catch (error) {
    if (error instanceof OrbitError && error.code === "denied") meter.refusedGrant();
    throw error;
  }
}

async function openFile(
  { path, offset, length }: ReadStreamRequest,
  { system }: ReadStreamOptions,
  signal: AbortSignal,
): Promise<{ size: bigint; stream: ReadableStream<Uint8Array> }> {
  const range = { offset: toNumber(offset, "offset"), length: toNumber(length, "length") };
  const { entry } = await system.inspect(resolve(path), { signal });
  const stream = system.openStream(resolve(path), range, { signal });
  return { size: BigInt(entry?.size ?? 0), stream };
}

async function* pieces(
  stream: ReadableStream<Uint8Array>,
  size: bigint,
  meter: ReadStreamOptions["meter"],
) {
  let fileSize: bigint | undefined = size;
  for await (const piece of stream) {
    for (let at = 0; at < piece.length; at += CHUNK_BYTES) {
      const chunk = piece.subarray(at, at + CHUNK_BYTES);
      yield { chunk, fileSize };
      meter.gaveBytes(chunk.length);
      fileSize = undefined;
    }
  }
  if (fileSize !== undefined) yield { fileSize };
}

function toNumber(value: bigint, field: string): number {
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  throw new OrbitError("invalid", `read file: ${field} ${value} is larger than any file`);
}
