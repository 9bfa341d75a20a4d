/** The Star's link to its Nucleus: dialled again for as long as it takes. */
import type { Clock } from "#core/clock.ts";
import { formatAddress, type PeerAddress } from "#core/config/addresses.ts";
import { OrbitError, toErrorData } from "#core/errors.ts";
import { CLOCK_SKEW_MS, renewAt } from "#core/identity/lifetime.ts";
import { NUCLEUS_SERVER_NAME } from "#core/identity/names.ts";
import type { Logger } from "#core/log/mod.ts";
import { DEFAULT_RETRY, retryDelayMs } from "#core/retry.ts";
import { type AnyServed, type GrpcCaller, openGrpcCaller } from "#core/rpc/mod.ts";
import type { RevokedCertificates, Standing, Welcome } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import type { CheckedCredentials } from "../credentials.ts";
import { type ControlOrder, runControl } from "./control.ts";
import { fromStanding } from "./messages.ts";
import { renewCredentials } from "./renew.ts";

/** A link that stood that long begins its next retries anew. */
const STABLE_MS = 60_000;
/** No sleep is longer, so that a clock that is set, or a machine that slept, is noticed. */
const LOOK_MS = 60_000;
/** How far the clocks may differ without a word. */
const SKEW_MS = 10_000;
/** How often a link that is to be dialled anew looks whether its calls have ended. */
const IDLE_LOOK_MS = 250;

/** What the link tells about itself. */
export interface LinkEvents {
  connecting(): void;
  connected(welcome: Welcome, skewMs: number): void;
  /** The link is down for that many milliseconds. */
  waiting(delayMs: number, error: unknown): void;
  standing(standing: Standing): void;
  /** Certificates that are refused before their end: all that there are. */
  revoked(revoked: RevokedCertificates): void;
  beat(): void;
  /** The Nucleus has heard all heartbeats of this stream up to that one. */
  heard(sequence: bigint): void;
}

/** What a link is made of. */
export interface LinkOptions extends Pick<ControlOrder, "hello" | "heartbeat" | "closing"> {
  nucleus: PeerAddress;
  credentials: CheckedCredentials;
  /** Keeps renewed credentials; they are used once this resolves. */
  keep(credentials: CheckedCredentials): Promise<void>;
  served: readonly AnyServed[];
  /** Calls at work, which a renewed link waits for. */
  activeCalls(): number;
  events: LinkEvents;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  random?: () => number;
}

/**
 * Keeps the link up until it is closed or there is no use in dialling.
 *
 * @throws {OrbitError} `unauthenticated` when the Star has to join again: it was revoked, isn't
 * known any more, its certificate has expired, or a copy of it has taken its place. Rejects with `signal.reason` when that aborts.
 */
export async function runLink(options: LinkOptions): Promise<void> {
  await new Link(options).run();
}

class Link {
  readonly #options: LinkOptions;
  #credentials: CheckedCredentials;
  #failures = 0;
  /** When it renewed last, by the clock's `elapsed`. */
  #renewedMs = -Infinity;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#credentials = options.credentials;
  }

  async run(): Promise<void> {
    const { signal, closing, clock, events } = this.#options;
    while (closing?.aborted !== true) {
      this.#requireGoodCertificate();
      const startedMs = clock.elapsed();
      events.connecting();
      try {
        await this.#session();
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof NotInGrid) throw error;
        if (clock.elapsed() - startedMs >= STABLE_MS) this.#failures = 0;
        await this.#pause(error);
      }
    }
  }

  /** One stream, from dialling to its end; resolves when the next is to be dialled at once. */
  async #session(): Promise<void> {
    const { nucleus, signal, closing, events } = this.#options;
    const over = new AbortController(), renewed = new AbortController();
    let isNucleus = false;
    await using caller = openGrpcCaller({
      address: formatAddress(nucleus),
      tls: {
        ...this.#credentials,
        serverName: NUCLEUS_SERVER_NAME,
        checkServer: () => void (isNucleus = true),
      },
    });
    const onWelcome = (welcome: Welcome) => {
      this.#greet(welcome);
      this.#keepRenewed(caller, over.signal).then(() => renewed.abort(), () => {});
    };
    try {
      await runControl({
        ...this.#options,
        caller,
        closing: closing === undefined
          ? renewed.signal
          : AbortSignal.any([closing, renewed.signal]),
        onWelcome,
        onStanding: (standing) => this.#hearStanding(standing),
        onRevoked: (revoked) => events.revoked(revoked),
        onBeat: () => events.beat(),
        onHeard: (sequence) => events.heard(sequence),
      });
    } catch (error) {
      signal.throwIfAborted();
      throw (isNucleus ? toFinal(error) : undefined) ?? error;
    } finally {
      over.abort();
    }
  }

  #greet(welcome: Welcome): void {
    const { events, clock, log } = this.#options;
    if (welcome.starId !== this.#credentials.starId) {
      throw new OrbitError("corrupt", "control stream: the Nucleus takes us for another Star");
    }
    const skewMs = Number(welcome.nowMs) - clock.now();
    if (Math.abs(skewMs) >= SKEW_MS) {
      const tooFar = Math.abs(skewMs) > CLOCK_SKEW_MS;
      const text = tooFar
        ? "the clocks of Nucleus and Star differ so much that certificates may not hold; set them"
        : "the clocks of Nucleus and Star differ";
      log.warn(text, { nucleus_ahead_s: Math.round(skewMs / 1000) });
    }
    if (welcome.revoked !== undefined) events.revoked(welcome.revoked);
    events.connected(welcome, skewMs);
    this.#hearStanding(welcome.standing);
  }

  #hearStanding(standing: Standing): void {
    this.#options.events.standing(standing);
    if (fromStanding(standing) === "revoked") throw new NotInGrid("the Nucleus has revoked it");
  }

  /** Resolves when there are new credentials and the stream is idle, or can't wait any longer. */
  async #keepRenewed(caller: GrpcCaller, signal: AbortSignal): Promise<void> {
    const { clock, log, keep, activeCalls } = this.#options;
    const current = this.#credentials;
    const dueMs = renewAt(current);
    // A clock that is far ahead takes each new certificate for an old one.
    const pauseMs = this.#renewedMs + (current.notAfter - dueMs) - clock.elapsed();
    if (pauseMs > 0) await clock.sleep(pauseMs, { signal });
    for (let failures = 0;;) {
      await this.#sleepUntil(dueMs, signal);
      try {
        const next = await renewCredentials(caller, current, { clock, signal });
        await keep(next);
        this.#credentials = next;
        this.#renewedMs = clock.elapsed();
        break;
      } catch (error) {
        signal.throwIfAborted();
        log.warn("certificate not renewed", { error: toErrorData(error) });
        await clock.sleep(this.#delay(++failures), { signal });
      }
    }
    const { notAfter } = this.#credentials;
    log.info("certificate renewed", { expires: new Date(notAfter).toISOString() });
    const lastMs = (dueMs + current.notAfter) / 2;
    while (activeCalls() > 0 && clock.now() < lastMs) await clock.sleep(IDLE_LOOK_MS, { signal });
  }

  async #sleepUntil(dueMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    for (let leftMs; (leftMs = dueMs - clock.now()) > 0;) {
      await clock.sleep(Math.min(LOOK_MS, leftMs), { signal });
    }
  }

  async #pause(error: unknown): Promise<void> {
    const { clock, signal, closing, events, log, nucleus } = this.#options;
    const delayMs = this.#delay(++this.#failures);
    log.warn("no link to the Nucleus", {
      nucleus: formatAddress(nucleus),
      error: toErrorData(error),
      again_in_s: Math.round(delayMs / 100) / 10,
    });
    events.waiting(delayMs, error);
    const either = closing === undefined ? signal : AbortSignal.any([signal, closing]);
    await clock.sleep(delayMs, { signal: either }).catch(() => signal.throwIfAborted());
  }

  #delay(failures: number): number {
    return retryDelayMs(DEFAULT_RETRY, failures, this.#options.random ?? Math.random);
  }

  #requireGoodCertificate(): void {
    const { notAfter } = this.#credentials;
    if (this.#options.clock.now() <= notAfter + CLOCK_SKEW_MS) return;
    throw new NotInGrid(`its certificate expired at ${new Date(notAfter).toISOString()}`);
  }
}

/** No retry can mend it. */
class NotInGrid extends OrbitError {
  constructor(why: string, cause?: unknown, state = "this Star isn't part of the grid") {
    const again = "orbit-star join --force with a new token makes it a Star anew";
    super("unauthenticated", `${state}: ${why}; ${again}`, { cause });
  }
}

/** Another process shows the same certificate to the Nucleus. */
class Replaced extends NotInGrid {
  constructor(cause: unknown) {
    const why = "a copy of this Star's state runs somewhere else; stop one of the two";
    super(why, cause, "another Star took the place of this one");
  }
}

/** What the Nucleus says that no retry can mend; undefined for what may pass. */
function toFinal(error: unknown): NotInGrid | undefined {
  if (!(error instanceof OrbitError) || error instanceof NotInGrid) return undefined;
  if (error.detail.retryable) return undefined;
  if (error.code === "denied" || error.code === "unauthenticated") {
    return new NotInGrid(`the Nucleus refuses it (${error.message})`, error);
  }
  // Dialling again would push the other one out, which would push this one out, for ever.
  if (error.code === "conflict") return new Replaced(error);
  return undefined;
}
