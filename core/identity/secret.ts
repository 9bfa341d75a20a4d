/** Secrets as values that don't print. */
import { createHash, timingSafeEqual } from "node:crypto";

const HIDDEN = "[secret]";

/**
 * A secret text. It shows itself only to {@linkcode Secret.reveal}: converted to a string, put
 * into JSON, inspected, or logged, it reads `[secret]`.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself, for the one place that needs it. */
  reveal(): string {
    return this.#text;
  }

  /** Whether it is this text, in a time that doesn't tell where they differ, nor how long it is. */
  matches(other: string | Secret): boolean {
    return timingSafeEqual(digest(this.#text), digest(reveal(other)));
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [Symbol.for("Deno.customInspect")](): string {
    return HIDDEN;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return HIDDEN;
  }
}

/** The text of a secret, wrapped or not. */
export function reveal(secret: string | Secret): string {
  return secret instanceof Secret ? secret.reveal() : secret;
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
