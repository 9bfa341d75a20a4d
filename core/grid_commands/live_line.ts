/** A line on standard error that is redrawn in place on a terminal, and written seldom elsewhere. */
import type { Host } from "#core/program/host.ts";
import { escapeMessage } from "#core/program/output/message.ts";
import { fitEnd } from "#core/program/output/width.ts";

const CLEAR = "\r\x1b[2K";
/** Plain lines come this often. */
const LINE_MS = 30_000;

const encoder = new TextEncoder();

/** Shows the newest of some texts; dispose of it to leave the terminal as it was. */
export class LiveLine implements Disposable {
  readonly #host: Host;
  readonly #isShown: boolean;
  #isOnScreen = false;
  #writtenAt: number;

  constructor(host: Host, isShown: boolean) {
    this.#host = host;
    this.#isShown = isShown;
    this.#writtenAt = host.elapsed();
  }

  update(text: string): void {
    if (!this.#isShown) return;
    const line = escapeMessage(text);
    const { stderr, program } = this.#host;
    if (stderr.isTerminal()) {
      this.#write(CLEAR + fitEnd(line, Math.max(0, this.#host.columns() - 1)));
      this.#isOnScreen = true;
    } else if (this.#host.elapsed() - this.#writtenAt >= LINE_MS) {
      this.#write(`${program}: ${line}\n`);
      this.#writtenAt = this.#host.elapsed();
    }
  }

  /** As {@linkcode update}; where lines are plain it is written at once. */
  announce(text: string): void {
    this.#writtenAt = -Infinity;
    this.update(text);
  }

  [Symbol.dispose](): void {
    if (this.#isOnScreen) this.#write(CLEAR);
    this.#isOnScreen = false;
  }

  #write(text: string): void {
    try {
      this.#host.stderr.write(encoder.encode(text));
    } catch (error) {
      // Nobody looks: no reason to stop.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  }
}
