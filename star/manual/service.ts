/** `StarService` in manual mode: a token opens sessions, transfer tokens open single files. */
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import type { Secret } from "#core/identity/secret.ts";
import type { Handlers, Served } from "#core/rpc/mod.ts";
import type { LinkMeter } from "#core/link/meter.ts";
import type { OrbitSystem } from "#core/system/mod.ts";
import type { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { serveDirectly } from "../serve/admission.ts";
import { Sessions } from "../serve/sessions.ts";
import type { StarFiles } from "../serve/star_service.ts";
import type { FailureLimit } from "./failure_limit.ts";
import type { Peers } from "./peers.ts";
import { readStreamHandler } from "./read_stream.ts";
import { replicateFileHandler } from "./replicate_file.ts";

const MAX_STREAMS = 64;

/** What it is made of. */
export interface ManualServiceOptions {
  files: StarFiles;
  system: OrbitSystem;
  capabilities: readonly string[];
  token: Secret;
  authSecret: Secret;
  /** Whom files may be fetched from. */
  peers: Peers;
  /** Bounds what strangers may try. */
  failures: FailureLimit;
  /** Counts what is given and taken, and tokens that are refused. */
  meter: LinkMeter;
  closing: AbortSignal;
  clock: Clock;
}

/** Serves files to whoever knows one of the secrets. Wrong ones are refused, and counted. */
export function serveManually(options: ManualServiceOptions): Served<typeof StarService> {
  const { files, system, capabilities, token, authSecret, peers, closing, clock } = options;
  const { failures, meter } = options;
  const handlers: Handlers<typeof StarService> = {
    ...files.handlers,
    readStream: readStreamHandler({
      ...{ system, secret: authSecret, failures, meter, closing, clock, maxStreams: MAX_STREAMS },
    }),
    replicateFile: replicateFileHandler({ system, peers, meter, clock, closing }),
  };
  return serveDirectly({ ...files, handlers }, {
    sessions: new Sessions(clock),
    capabilities: [...capabilities, "read-stream", "replicate-file"],
    requireCaller: () => {},
    checkHandshake: (starToken, { peer }) =>
      failures.guard(peer, () => {
        if (token.matches(starToken)) return;
        throw new OrbitError("unauthenticated", "handshake: the token isn't this Star's");
      }),
    withoutSession: ["ReadStream"],
  });
}
