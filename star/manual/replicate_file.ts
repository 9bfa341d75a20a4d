/** `ReplicateFile`: one file of another Star, fetched by its `ReadStream`. */
import type { Clock } from "#core/clock.ts";
import type { LinkMeter } from "#core/link/meter.ts";
import { Patience } from "#core/remote/patience.ts";
import { scopeOf } from "#core/remote/scope.ts";
import type { Caller, Handlers } from "#core/rpc/mod.ts";
import { confineTo } from "#core/system/confine.ts";
import type { OrbitSystem } from "#core/system/mod.ts";
import { type ReplicateRequest, StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { checkRequest, FetchGate, placeFile, type PlaceSystem } from "../serve/place_file.ts";
import { openPeer, type Peers } from "./peers.ts";

/** How long a source may say nothing. */
const SILENCE_MS = 60_000;

/** What it is made of. */
export interface ReplicateFileOptions {
  system: OrbitSystem;
  peers: Peers;
  meter: Pick<LinkMeter, "tookBatch" | "tookBytes">;
  clock: Pick<Clock, "elapsed">;
  /** Ends all fetches. */
  closing: AbortSignal;
}

/**
 * The handler; its caller has a session, and the scope of the call is kept to here. Fails with
 * `denied` for a source that isn't a peer, and `corrupt` when size or checksum aren't the expected
 * ones.
 */
export function replicateFileHandler(
  options: ReplicateFileOptions,
): NonNullable<Handlers<typeof StarService>["replicateFile"]> {
  const gate = new FetchGate();
  return (request, context) =>
    gate.run(async () => {
      checkRequest(request);
      const signal = AbortSignal.any([context.signal, options.closing]);
      const system = confineTo(options.system, scopeOf(context));
      await using source = openPeer(request.sourceStarUrl, options.peers);
      return await counted(
        options,
        signal,
        () => fetchFile(request, source, system, signal),
      );
    });
}

/** Counts a fetch by how it ended; one that its caller stopped has done neither. */
async function counted<T extends { bytesTransferred: bigint }>(
  { meter, clock }: ReplicateFileOptions,
  signal: AbortSignal,
  fetch: () => Promise<T>,
): Promise<T> {
  const startMs = clock.elapsed();
  const end = (taken: number) =>
    meter.tookBatch({ taken, failed: 1 - taken, tookMs: clock.elapsed() - startMs });
  try {
    const fetched = await fetch();
    meter.tookBytes(Number(fetched.bytesTransferred));
    end(1);
    return fetched;
  } catch (error) {
    if (!signal.aborted) end(0);
    throw error;
  }
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
