/** Calling a Star that listens, at its own address. */
import type { Clock } from "#core/clock.ts";
import { OrbitError, toOrbitError } from "#core/errors.ts";
import {
  readPeer,
  requireStar,
  type Secret,
  type StarId,
  starServerName,
} from "#core/identity/mod.ts";
import { DEFAULT_RETRY, retryDelayMs } from "#core/retry.ts";
import { type Caller, type GrpcCaller, openGrpcCaller } from "#core/rpc/mod.ts";
import { VERSION } from "#core/program/version.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { type Session, SessionCaller } from "./session_caller.ts";

/** How long a handshake may take. */
const HANDSHAKE_MS = 5000;
/** A session isn't used in the last part of its time. */
const SESSION_MARGIN_MS = 30_000;

/** What the Nucleus shows to Stars that listen, and what it believes. */
export interface NucleusCredentials {
  authorityPem: string;
  certificatePem: string;
  keyPem: Secret;
}

/** One channel to a Star, opened when it is first needed. */
export class DirectStar implements Disposable {
  readonly #id: StarId;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #caller: GrpcCaller;
  readonly #session: SessionCaller;
  #failures = 0;
  /** By the clock's `elapsed`. */
  #notBefore = 0;

  constructor(
    { id, address }: { id: StarId; address: string },
    { authorityPem, certificatePem, keyPem }: NucleusCredentials,
    { clock, random = Math.random }: { clock: Clock; random?: () => number },
  ) {
    this.#id = id;
    this.#clock = clock;
    this.#random = random;
    this.#caller = openGrpcCaller({
      address,
      tls: {
        ...{ authorityPem, certificatePem, keyPem: keyPem.reveal() },
        serverName: starServerName(id),
        checkServer: (der) => void requireStar(readPeer(der, clock), this.#id),
      },
    });
    this.#session = new SessionCaller(this.#caller, clock, () => this.#tryHandshake());
  }

  /** Calls the Star, in a session. */
  get caller(): Caller {
    return this.#session;
  }

  /** Whether it makes sense to try: it wasn't found unreachable just now. */
  get isDue(): boolean {
    return this.#clock.elapsed() >= this.#notBefore;
  }

  /**
   * Resolves when the Star was reached and a session is open.
   *
   * @throws {OrbitError} `unavailable` when it can't be reached, `denied` when it is another one.
   */
  async ready(signal: AbortSignal): Promise<void> {
    try {
      await this.#session.ready(signal);
    } catch (error) {
      signal.throwIfAborted();
      throw toOrbitError(error);
    }
  }

  /** One handshake is one failure, however many wait for it. */
  async #tryHandshake(): Promise<Session> {
    try {
      const session = await this.#handshake();
      this.#failures = 0;
      return session;
    } catch (error) {
      this.#failures++;
      const delayMs = retryDelayMs(DEFAULT_RETRY, this.#failures, this.#random);
      this.#notBefore = this.#clock.elapsed() + delayMs;
      throw error;
    }
  }

  async #handshake(): Promise<Session> {
    const { accepted, sessionId, expiresInS } = await this.#caller.unary(
      StarService.method.handshake,
      { version: VERSION },
      { timeoutMs: HANDSHAKE_MS },
    );
    if (!accepted || sessionId === "" || sessionId.length > 512) {
      throw new OrbitError("denied", "handshake: the Star opened no session");
    }
    const lastsMs = expiresInS * 1000 - SESSION_MARGIN_MS;
    if (lastsMs <= 0) {
      throw new OrbitError("denied", `handshake: a session of ${expiresInS} s is too short`);
    }
    return { id: sessionId, endsAt: this.#clock.elapsed() + lastsMs };
  }

  [Symbol.dispose](): void {
    this.#caller.close();
  }
}
