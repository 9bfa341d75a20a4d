/** Gathers small writes into large ones. */
import type { ByteSink } from "../host.ts";

/** Characters gathered before they are written. */
const LIMIT = 64 * 1024;

const encoder = new TextEncoder();

/** Called by an {@linkcode OutputBuffer}. */
export interface OutputHooks {
  /** Before each write to the stream. */
  beforeWrite?: () => void;
  /** When the reader has gone away; once. */
  onClosed?: () => void;
  /** When a write fails for another reason; once. Without it, that is thrown. */
  onFailed?: (error: Error) => void;
}

/**
 * Text to a stream in writes of about 64 KiB. Writing is synchronous, so a slow reader slows the
 * caller down and nothing piles up.
 *
 * When the reader goes away, or writing failed, what is written later is dropped.
 */
export class OutputBuffer {
  readonly #sink: ByteSink;
  readonly #hooks: OutputHooks;
  #text = "";
  #isClosed = false;

  constructor(sink: ByteSink, hooks: OutputHooks = {}) {
    this.#sink = sink;
    this.#hooks = hooks;
  }

  /** Whether nothing can be written any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether something waits to be flushed. */
  get isPending(): boolean {
    return this.#text !== "";
  }

  /** Adds text. Lone surrogates become U+FFFD: escape names before. */
  write(text: string): void {
    this.#text += text;
    if (this.#text.length >= LIMIT) this.flush();
  }

  /** Adds a line. */
  writeLine(line: string): void {
    this.write(`${line}\n`);
  }

  /** Writes out what was gathered. */
  flush(): void {
    const text = this.#text;
    this.#text = "";
    if (text === "" || this.#isClosed) return;
    this.#hooks.beforeWrite?.();
    try {
      this.#sink.write(encoder.encode(text));
    } catch (error) {
      this.#close(error);
    }
  }

  #close(error: unknown): void {
    this.#isClosed = true;
    const { onClosed, onFailed } = this.#hooks;
    if (error instanceof Deno.errors.BrokenPipe) onClosed?.();
    else if (onFailed !== undefined && error instanceof Error) onFailed(error);
    else throw error;
  }
}
