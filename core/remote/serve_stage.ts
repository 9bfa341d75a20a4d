/** Taking in a staged file's content. */
import type { OrbitSystem } from "#core/system/mod.ts";
import type { StageRequest, StageResponseSchema } from "#proto/gen/orbit/v1/files_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { blameRequest } from "./codec/blame.ts";
import { fromPath } from "./codec/bytes.ts";
import { toWide } from "./codec/numbers.ts";
import { fromActionOptions } from "./codec/options.ts";
import { MAX_PIECE_BYTES } from "./limits.ts";

/** What the content ends with when its sender gave it up. */
const ABANDONED = new Error("content abandoned by its sender");

export async function serveStage(
  system: OrbitSystem,
  requests: AsyncIterable<StageRequest>,
  checkPath: (path: string) => void,
  signal: AbortSignal,
): Promise<MessageInitShape<typeof StageResponseSchema>> {
  const iterator = requests[Symbol.asyncIterator]();
  try {
    const first = await iterator.next();
    if (first.done || first.value.part.case !== "start") {
      throw blameRequest("part", "the first one doesn't say where");
    }
    const start = first.value.part.value;
    const base = fromPath(start.base, "base", blameRequest);
    checkPath(base);
    const staged = fromPath(start.staged, "staged", blameRequest);
    const options = fromActionOptions(start.options, blameRequest);
    const content = ReadableStream.from(contentOf(iterator));
    const { bytes, hash } = await system.stage(base, staged, content, options, { signal });
    return { bytes: toWide(bytes, "bytes"), hash };
  } catch (error) {
    if (error === ABANDONED) return { abandoned: true };
    throw error;
  } finally {
    await iterator.return?.();
  }
}

async function* contentOf(requests: AsyncIterator<StageRequest>): AsyncGenerator<Uint8Array> {
  while (true) {
    const { done, value } = await requests.next();
    if (done) return;
    const { part } = value;
    if (part.case === "abandon") throw ABANDONED;
    if (part.case !== "data") throw blameRequest("part", "neither content nor its end");
    if (part.value.length > MAX_PIECE_BYTES) {
      throw blameRequest("data", `a piece of ${part.value.length} bytes`);
    }
    if (part.value.length > 0) yield part.value;
  }
}
