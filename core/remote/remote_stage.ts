/** Writing content into a staged file of a Star. */
import type { ActionOptions } from "#core/system/mod.ts";
import { abortable } from "#core/system/abortable.ts";
import type { StageRequestSchema } from "#proto/gen/orbit/v1/files_pb.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { fromHash, toPath } from "./codec/bytes.ts";
import { fromWide } from "./codec/numbers.ts";
import { toActionOptions } from "./codec/options.ts";
import type { Patience } from "./patience.ts";
import type { StarCalls } from "./star_calls.ts";
import { timeFor } from "./timeouts.ts";

const PIECE_BYTES = 1024 * 1024;

type Part = MessageInitShape<typeof StageRequestSchema>;

/** What is staged where. */
export interface Staging {
  base: string;
  staged: string;
  content: ReadableStream<Uint8Array>;
  options: ActionOptions;
}

/** When the content breaks off, what was written is gone before the call rejects. */
export async function remoteStage(
  star: StarCalls,
  staging: Staging,
  signal?: AbortSignal,
): Promise<{ bytes: number; hash: Uint8Array }> {
  const reader = staging.content.getReader();
  const sending = new Sending(star, staging, reader, signal);
  try {
    signal?.throwIfAborted();
    const { base, staged, options } = staging;
    const value = {
      base: toPath(base, "base"),
      staged: toPath(staged, "staged"),
      options: toActionOptions(options),
    };
    using patience = star.patience(StarService.method.stage.name, true, signal);
    const requests = sending.requests({ part: { case: "start", value } }, patience);
    const call = { signal: patience.signal };
    patience.expect(star.timeouts.silenceMs);
    const answer = await star.caller.clientStream(StarService.method.stage, requests, call);
    sending.throwIfBroken();
    const bytes = fromWide(answer.bytes, "bytes", star.blame);
    if (bytes !== sending.bytes) {
      throw star.blame("bytes", `${bytes}, where ${sending.bytes} were sent`);
    }
    return { bytes, hash: fromHash(answer.hash, "hash", star.blame) };
  } catch (error) {
    // Not waited for: a source that hangs may never answer.
    reader.cancel(sending.broken ? sending.broken.error : error).catch(() => {});
    sending.throwIfBroken();
    throw error;
  }
}

/** The content on its way. */
class Sending {
  /** Bytes sent. */
  bytes = 0;
  /** Why the content broke off. */
  broken: { error: unknown } | undefined;

  constructor(
    readonly star: StarCalls,
    readonly staging: Staging,
    readonly reader: ReadableStreamDefaultReader<Uint8Array>,
    readonly signal: AbortSignal | undefined,
  ) {}

  throwIfBroken(): void {
    if (this.broken !== undefined) throw this.broken.error;
  }

  async *requests(start: Part, patience: Patience): AsyncGenerator<Part> {
    const { silenceMs } = this.star.timeouts;
    patience.expect(silenceMs);
    yield start;
    try {
      while (true) {
        patience.rest();
        const { done, value } = await abortable(this.signal, this.reader.read());
        if (done) break;
        for (let at = 0; at < value.length; at += PIECE_BYTES) {
          const data = value.subarray(at, at + PIECE_BYTES);
          patience.expect(silenceMs);
          yield { part: { case: "data", value: data } };
          this.bytes += data.length;
        }
      }
    } catch (error) {
      this.broken = { error };
      yield { part: { case: "abandon", value: {} } };
    }
    const { verify, fsync } = this.staging.options;
    patience.expect(timeFor(this.star.timeouts, verify || fsync ? this.bytes : 0));
  }
}
