/** What streams that wait for news have in common. */
import { OrbitError } from "#core/errors.ts";
import type { JobId } from "#core/magnetar/mod.ts";
import type { Exchange } from "./exchange.ts";

/** After this long without news a sign that the stream still stands. */
const SIGN_OF_LIFE_MS = 15_000;

/** A token that was revoked meanwhile, or is over, opens nothing any more. */
export function requireStillGood({ principal, store }: Exchange): void {
  const { kind, id } = principal.actor;
  if (kind !== "token" || store.apiTokens.byId(id!)?.state === "good") return;
  throw new OrbitError("unauthenticated", "follow job: the API token isn't valid any more");
}

/** Tells a stream when to look at a job again. */
export class JobNews implements Disposable {
  readonly #listening: Disposable;
  #changed = Promise.withResolvers<void>();
  #rests = Promise.withResolvers<void>();

  constructor(readonly exchange: Exchange, id: JobId) {
    const { changes, desk } = exchange.jobs;
    this.#listening = changes.listen(id, () => {
      this.#changed.resolve();
      if (desk.progress(id) === undefined) this.#rests.resolve();
    });
  }

  /** To be called before a look: what changes from now on is news. */
  look(): void {
    this.#changed = Promise.withResolvers();
    this.#rests = Promise.withResolvers();
  }

  /** Lets some time pass, but for a job that is at work no more: how it ended is told at once. */
  async pause(ms: number): Promise<void> {
    await this.#happensWithin(this.#rests.promise, ms);
  }

  /** Whether something changes before a sign is due that the stream still stands. */
  async come(): Promise<boolean> {
    return await this.#happensWithin(this.#changed.promise, SIGN_OF_LIFE_MS);
  }

  /** Rejects when nobody waits any more. */
  async #happensWithin(event: Promise<void>, ms: number): Promise<boolean> {
    const { clock, signal } = this.exchange;
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const timer = clock.sleep(ms, { signal: either }).then(() => false);
    timer.catch(() => {});
    try {
      return await Promise.race([event.then(() => true), timer]);
    } finally {
      over.abort();
    }
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }
}
