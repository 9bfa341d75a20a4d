/** The control streams of all Stars that are connected. */
import { OrbitError } from "#core/errors.ts";
import type { StarId } from "#core/identity/mod.ts";
import type { Standing } from "../store/mod.ts";
import type { StarLink } from "./star_link.ts";

/** One link a Star: a newer one takes the older one's place. */
export class StarLinks {
  readonly #links = new Map<StarId, StarLink>();
  readonly #waiting = new Map<StarId, Set<() => void>>();

  get size(): number {
    return this.#links.size;
  }

  [Symbol.iterator](): IterableIterator<StarLink> {
    return this.#links.values();
  }

  /** The Star's link, if it is connected. */
  of(id: StarId): StarLink | undefined {
    const link = this.#links.get(id);
    // What ended may still have to say so to a Star that doesn't listen.
    return link?.isOver ? undefined : link;
  }

  add(link: StarLink): void {
    this.#links.get(link.starId)?.end(anotherOne());
    this.#links.set(link.starId, link);
    this.#wake(link.starId);
  }

  /** Forgets a link, unless another took its place. */
  remove(link: StarLink): void {
    if (this.#links.get(link.starId) === link) this.#links.delete(link.starId);
  }

  /**
   * Resolves when the Star connects or its standing changes. Rejects with the signal's reason.
   */
  news(id: StarId, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const waiting = this.#waiting.get(id) ?? new Set();
      this.#waiting.set(id, waiting);
      const wake = () => {
        signal.removeEventListener("abort", abort);
        resolve();
      };
      const abort = () => {
        waiting.delete(wake);
        if (waiting.size === 0 && this.#waiting.get(id) === waiting) this.#waiting.delete(id);
        reject(signal.reason);
      };
      waiting.add(wake);
      signal.addEventListener("abort", abort, { once: true });
    });
  }

  /** Tells a Star that its standing changed; one that is revoked is cut off. */
  changeStanding(id: StarId, standing: Standing): void {
    this.#links.get(id)?.changeStanding(standing);
    this.#wake(id);
  }

  /** Says something to every Star that is connected. */
  sayToAll(message: Parameters<StarLink["say"]>[0]): void {
    for (const link of this.#links.values()) if (!link.isOver) link.say(message);
  }

  #wake(id: StarId): void {
    const waiting = this.#waiting.get(id) ?? [];
    this.#waiting.delete(id);
    for (const wake of waiting) wake();
  }
}

/** What a control stream ends with when a newer one takes its place. */
export function anotherOne(): OrbitError {
  return new OrbitError("conflict", "control stream: the Star opened another one");
}
