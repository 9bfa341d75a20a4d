/** Serving a system's files to others. */
import type { Handlers, Served } from "#core/rpc/mod.ts";
import { confineTo, type OrbitSystem } from "#core/system/mod.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { withBeats } from "./beats.ts";
import { Gate } from "./gate.ts";
import { DEFAULT_LIMITS, type ServeLimits } from "./limits.ts";
import type { OfferLink, OpenLink } from "./link.ts";
import { Transfers } from "./lasting/transfers.ts";
import { rootCheck } from "./roots.ts";
import { changeHandlers } from "./serve_changes.ts";
import { readHandlers } from "./serve_read.ts";
import { scopeOf } from "./scope.ts";
import type { CallContext } from "#core/rpc/mod.ts";

/** Options of {@linkcode serveSystem}. */
export interface ServeOptions {
  /**
   * Absolute paths. What isn't beneath one of them by its text is refused before the system is
   * asked, which makes its own check all the same.
   */
  roots?: readonly string[];
  limits?: Partial<ServeLimits>;
  /** Ends all calls with `unavailable` when the Star stops. */
  signal?: AbortSignal;
  /** Opens Direct Links to other Stars; without it transfers over them are `unsupported`. */
  openLink?: OpenLink;
  /** Dials other Stars that can't dial this one; without it that is `unsupported`. */
  offerLink?: OfferLink;
  /** Keeps the batches that outlive their calls; without it they are known to this process only. */
  transfers?: Transfers;
}

/** A served system. */
export interface ServedSystem extends Served<typeof StarService> {
  /** Calls at work. */
  readonly activeCalls: number;
}

/** What the handlers of all calls share. */
export interface Service {
  readonly transfers: Transfers;
  readonly limits: ServeLimits;
  readonly openLink: OpenLink | undefined;
  readonly offerLink: OfferLink | undefined;
  /** @throws `denied` for an absolute path outside the roots. */
  checkPath(path: string): void;
  /** Runs a call with one answer, on the system as far as the call's scope reaches. */
  once<T>(context: CallContext, run: Run<Promise<T>>): Promise<T>;
  /** Runs a call with a stream of answers, `beat` among them while one takes its time. */
  stream<T>(context: CallContext, run: Run<AsyncIterable<T>>, beat?: T): AsyncIterable<T>;
}

type Run<Answer> = (signal: AbortSignal, system: OrbitSystem) => Answer;

/**
 * The methods of `StarService` over a system: all but `Handshake`, `ReadStream` and
 * `ReplicateFile`. Requests are taken as hostile: what they hold is bounded and checked, and refused
 * with `invalid` (or `exhausted`, above a bound). The system stays its owner's.
 */
export function serveSystem(system: OrbitSystem, options: ServeOptions = {}): ServedSystem {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const gate = new Gate(limits.maxCalls, options.signal);
  const service: Service = {
    transfers: options.transfers ?? Transfers.create({ signal: options.signal }),
    limits,
    openLink: options.openLink,
    offerLink: options.offerLink,
    checkPath: rootCheck(options.roots),
    async once(context, run) {
      using call = gate.enter(context.signal);
      return await run(call.signal, confineTo(system, scopeOf(context)));
    },
    async *stream(context, run, beat) {
      using call = gate.enter(context.signal);
      const answers = run(call.signal, confineTo(system, scopeOf(context)));
      yield* beat === undefined ? answers : withBeats(answers, beat, limits.beatMs);
    },
  };
  const handlers: Handlers<typeof StarService> = {
    ...readHandlers(service),
    ...changeHandlers(service),
  };
  return {
    service: StarService,
    handlers,
    get activeCalls() {
      return gate.active;
    },
  };
}
