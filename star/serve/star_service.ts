/** `StarService` as a Star offers it: files, within the Star's own limits. */
import { OrbitError } from "#core/errors.ts";
import type { OfferLink, OpenLink } from "#core/remote/link.ts";
import type { Transfers } from "#core/remote/lasting/transfers.ts";
import { scopeOf } from "#core/remote/scope.ts";
import { serveSystem } from "#core/remote/serve.ts";
import type { CallContext, Handlers, Served } from "#core/rpc/mod.ts";
import { confineTo } from "#core/system/confine.ts";
import type { OrbitSystem } from "#core/system/mod.ts";
import type { HashRequest, StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { decodeName } from "#core/names.ts";
import type { Root } from "#core/program/roots.ts";

/** What is served, and within which limits. */
export interface StarServiceOptions {
  system: OrbitSystem;
  roots: readonly Root[];
  /** Calls at once. */
  maxCalls: number;
  /** The longest range that one call may ask a hash of. */
  maxHashBytes: number;
  /** Ends all calls. */
  closing: AbortSignal;
  /** Opens Direct Links to other Stars; none are opened without it. */
  openLink?: OpenLink;
  /** Dials Stars that can't dial this one; none are dialled without it. */
  offerLink?: OfferLink;
  /** Keeps transfers that outlive their calls; ended by `closing`, too. */
  transfers?: Transfers;
  /** Fetches single files; none are fetched without it. */
  replicateFile?: Handlers<typeof StarService>["replicateFile"];
}

/** The files of a Star; who may call is for whoever serves them to say. */
export interface StarFiles extends Pick<Served<typeof StarService>, "service" | "handlers"> {
  readonly activeCalls: number;
}

/** Serves a system's files. */
export function serveFiles(options: StarServiceOptions): StarFiles {
  const { system, roots, maxCalls, maxHashBytes, closing } = options;
  const { openLink, offerLink, transfers, replicateFile } = options;
  const paths = [...new Set(roots.flatMap(({ path, realPath }) => [path, realPath]))];
  const served = serveSystem(system, {
    ...{ roots: paths, limits: { maxCalls }, signal: closing, openLink, offerLink, transfers },
  });
  const calculateHash = served.handlers.calculateHash!;
  /** Hashes whose range is being looked at, and files being fetched: calls, too. */
  let others = 0;
  const counted = async <T>(work: () => T | Promise<T>): Promise<T> => {
    if (others + served.activeCalls >= maxCalls) throw tooMany(maxCalls);
    others++;
    try {
      return await work();
    } finally {
      others--;
    }
  };
  const handlers: Handlers<typeof StarService> = {
    ...served.handlers,
    async calculateHash(request, context) {
      const confined = confineTo(system, scopeOf(context));
      await counted(() => requireShortRange(request, { context, system: confined, maxHashBytes }));
      return await calculateHash(request, context);
    },
  };
  if (replicateFile !== undefined) {
    handlers.replicateFile = (request, context) => counted(() => replicateFile(request, context));
  }
  return {
    service: served.service,
    handlers,
    get activeCalls() {
      return served.activeCalls + others;
    },
  };
}

function tooMany(maxCalls: number): OrbitError {
  const text = `call Star: ${maxCalls} calls are at work already (ask again later)`;
  return new OrbitError("exhausted", text, { detail: { retryable: true } });
}

/** A range without an end is as long as the file makes it. */
async function requireShortRange(
  { path, pathBytes, offset, length }: HashRequest,
  { context, system, maxHashBytes }: {
    context: CallContext;
    system: OrbitSystem;
    maxHashBytes: number;
  },
): Promise<void> {
  let bytes = length;
  if (length === 0n) {
    const chosen = pathBytes.length > 0 ? decodeName(pathBytes) : path;
    const { entry } = await system.inspect(chosen, { signal: context.signal });
    bytes = BigInt(entry?.size ?? 0) - offset;
  }
  if (bytes <= BigInt(maxHashBytes)) return;
  throw new OrbitError(
    "exhausted",
    `calculate hash: a range of ${bytes} bytes, and this Star's limit is ${maxHashBytes}`,
  );
}
