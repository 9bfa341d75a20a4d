/** The control streams of all Stars that are connected. */
import { OrbitError } from "#core/errors.ts";
import type { StarId } from "#core/identity/mod.ts";
import type { Standing } from "../store/mod.ts";
import type { StarLink } from "./star_link.ts";

/** One link a Star: a newer one takes the older one's place. */
export class StarLinks {
  readonly #links = new Map<StarId, StarLink>();
  readonly #waiting = new Map<StarId, Set<(link: StarLink) => void>>();

  get size(): number {
    return this.#links.size;
  }

  [Symbol.iterator](): IterableIterator<StarLink> {
    return this.#links.values();
  }

  /** The Star's link, if it is connected. */
  of(id: StarId): StarLink | undefined {
    return this.#links.get(id);
  }

  add(link: StarLink): void {
    this.#links.get(link.starId)?.end(
      new OrbitError("conflict", "control stream: the Star opened another one"),
    );
    this.#links.set(link.starId, link);
    const waiting = this.#waiting.get(link.starId) ?? [];
    this.#waiting.delete(link.starId);
    for (const wake of waiting) wake(link);
  }

  /** Forgets a link, unless another took its place. */
  remove(link: StarLink): void {
    if (this.#links.get(link.starId) === link) this.#links.delete(link.starId);
  }

  /** The Star's link, once it is connected. Rejects with the signal's reason. */
  wait(id: StarId, signal: AbortSignal): Promise<StarLink> {
    signal.throwIfAborted();
    const link = this.#links.get(id);
    if (link !== undefined) return Promise.resolve(link);
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(id) ?? new Set();
      this.#waiting.set(id, waiting);
      const wake = (link: StarLink) => {
        signal.removeEventListener("abort", abort);
        resolve(link);
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
  }

  endAll(error: OrbitError): void {
    for (const link of this.#links.values()) link.end(error);
  }
}
