/** What happens to Stars, told to whoever has to act on it at once: live streams, the web UI. */
import type { Star } from "../store/mod.ts";

/** Something that happened to a Star; it is on disk already. */
export interface StarEvent {
  kind: "joined" | "approved" | "draining" | "resumed" | "revoked" | "renamed" | "removed";
  /** The Star as it is now, or, when it was removed, as it was. */
  star: Star;
}

export type StarListener = (event: StarEvent) => void;

/** Tells listeners, in the order they came, before whoever made it happen goes on. */
export class StarEvents {
  readonly #listeners = new Set<StarListener>();
  readonly #onListenerError: (error: unknown) => void;

  /** @param onListenerError Told what a listener throws, which stops no other. */
  constructor(onListenerError: (error: unknown) => void = reportError) {
    this.#onListenerError = onListenerError;
  }

  /** Returns what ends the listening. */
  listen(listener: StarListener): () => void {
    // Wrapped, so that one function may listen twice and each end is its own.
    const own: StarListener = (event) => listener(event);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  tell(event: StarEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }
}
