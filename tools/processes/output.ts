/** What a running program says, as text that can be waited on. */

/** How much of it is kept. */
export interface OutputOptions {
  /** The newest this many characters, for programs that run for long; all when left out. */
  keepChars?: number;
  /** Is given each piece as it comes. */
  onText?: (text: string) => void;
}

/** A stream gathered as text. Waiters are woken by every piece, and by its end. */
export class Output {
  /** All of it that was kept, when it has ended. */
  readonly whole: Promise<string>;
  readonly #options: OutputOptions;
  #text = "";
  #ended = false;
  #changed = Promise.withResolvers<void>();

  constructor(stream: ReadableStream<Uint8Array>, options: OutputOptions = {}) {
    this.#options = options;
    this.whole = this.#gather(stream);
  }

  /** What came so far and was kept. */
  get text(): string {
    return this.#text;
  }

  /** Resolves with the first match. Rejects, with all text, when it ends without one. */
  async waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = new RegExp(pattern, pattern.flags.replace("g", "")).exec(this.#text);
      if (found !== null) return found;
      if (this.#ended) throw new Error(`wait for ${pattern}: the output ended: ${this.#text}`);
      await this.#changed.promise;
    }
  }

  async #gather(stream: ReadableStream<Uint8Array>): Promise<string> {
    const { keepChars = Infinity, onText } = this.#options;
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.#text += text;
      if (this.#text.length > keepChars) this.#text = this.#text.slice(-keepChars);
      onText?.(text);
      this.#announce();
    }
    this.#ended = true;
    this.#announce();
    return this.#text;
  }

  #announce(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
