/** `ReplicateFile`: one file of another Star, fetched by its `ReadStream`. */
import { Patience } from "#core/remote/patience.ts";
import type { Caller, Handlers } from "#core/rpc/mod.ts";
import { type ReplicateRequest, StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { checkRequest, FetchGate, placeFile, type PlaceSystem } from "../serve/place_file.ts";
import { openPeer, type Peers } from "./peers.ts";

/** How long a source may say nothing. */
const SILENCE_MS = 60_000;

/** What it is made of. */
export interface ReplicateFileOptions {
  system: PlaceSystem;
  peers: Peers;
  /** Ends all fetches. */
  closing: AbortSignal;
}

/**
 * The handler; its caller has a session. Fails with `denied` for a source that isn't a peer, and
 * `corrupt` when size or checksum aren't the expected ones.
 */
export function replicateFileHandler(
  options: ReplicateFileOptions,
): NonNullable<Handlers<typeof StarService>["replicateFile"]> {
  const gate = new FetchGate();
  return (request, context) =>
    gate.run(async () => {
      checkRequest(request);
      const signal = AbortSignal.any([context.signal, options.closing]);
      await using source = openPeer(request.sourceStarUrl, options.peers);
      return await fetchFile(request, source, options.system, signal);
    });
}

async function fetchFile(
  request: ReplicateRequest,
  source: Caller,
  system: PlaceSystem,
  caller: AbortSignal,
) {
  const { sourceStarUrl: from, remotePath: path, transferToken } = request;
  using patience = new Patience({ star: from, what: "ReadStream", signal: caller });
  const { signal } = patience;
  const method = StarService.method.readStream;
  const messages = source.serverStream(method, { path, transferToken }, { signal })
    [Symbol.asyncIterator]();
  const next = async () => {
    patience.expect(SILENCE_MS);
    const step = await messages.next();
    patience.rest();
    return step;
  };
  try {
    const first = await next();
    const size = first.done ? 0n : first.value.fileSize;
    const pieces = async function* () {
      for (let step = first; !step.done; step = await next()) yield step.value.chunk;
    };
    return await placeFile(request, { from, size, pieces: pieces() }, system, signal);
  } finally {
    await messages.return?.();
  }
}
