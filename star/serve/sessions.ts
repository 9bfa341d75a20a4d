/** Sessions of those who call a listening Star. */
import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import type { CallContext } from "#core/rpc/mod.ts";

/** How long a session is good for. */
export const SESSION_MS = 3_600_000;
/** How many there may be; one more ends the one that wasn't used for longest. */
export const MAX_SESSIONS = 64;

/** What callers show: the first is Orbit's own, the other one is accepted too. */
const NAMES = ["x-orbit-session", "session-id"];

/** Open sessions. Only hashes of their ids are kept. */
export class Sessions {
  readonly #clock: Pick<Clock, "elapsed">;
  /** By hash: when each ends. From the one used longest ago to the one used last. */
  readonly #ends = new Map<string, number>();

  constructor(clock: Pick<Clock, "elapsed">) {
    this.#clock = clock;
  }

  /** A new session's id: 256 random bits. */
  open(): { id: string; expiresInS: number } {
    const id = randomBytes(32).toString("base64url");
    this.#dropExpired();
    if (this.#ends.size >= MAX_SESSIONS) this.#ends.delete(this.#ends.keys().next().value!);
    this.#ends.set(hash(id), this.#clock.elapsed() + SESSION_MS);
    return { id, expiresInS: SESSION_MS / 1000 };
  }

  /** @throws {OrbitError} `unauthenticated` unless the call shows a session that is open. */
  require(context: Pick<CallContext, "metadata">): void {
    const id = NAMES.map((name) => context.metadata(name)).find((value) => value !== undefined);
    if (id === undefined) throw refuse("it shows no session; Handshake opens one");
    const key = hash(id);
    const endMs = this.#ends.get(key);
    this.#ends.delete(key);
    if (endMs === undefined || endMs <= this.#clock.elapsed()) {
      throw refuse("its session is unknown or has expired; Handshake opens a new one");
    }
    this.#ends.set(key, endMs);
  }

  #dropExpired(): void {
    const nowMs = this.#clock.elapsed();
    for (const [key, endMs] of this.#ends) if (endMs <= nowMs) this.#ends.delete(key);
  }
}

function refuse(why: string): OrbitError {
  return new OrbitError("unauthenticated", `call Star: ${why}`);
}

function hash(id: string): string {
  return createHash("sha256").update(id).digest("base64");
}
