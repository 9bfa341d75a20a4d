/** What the demo says: lines for people, redrawn in place on a terminal, or JSON for programs. */
import { formatSeconds } from "./format.ts";

const SCHEMA = "orbit.demo/1";
const CLEAR = "\r\x1b[2K";
/** How often progress is shown, on a terminal and elsewhere. */
const REDRAW_MS = 100, LINE_MS = 2000;
const NAME_WIDTH = 11;

const encoder = new TextEncoder();

/** Facts for programs. */
export type Facts = Record<string, unknown>;

/** Something that is being done. */
export interface Step {
  /** How far it is. Shown as often as makes sense. */
  update(text: string, facts?: Facts): void;
  /** That it is done; says how long it took. */
  done(text: string, facts?: Facts): void;
}

/** Standard output. */
export class Screen implements Disposable {
  readonly #json: boolean;
  readonly #isTerminal = Deno.stdout.isTerminal();
  readonly #isBold: boolean;
  #seq = 0;
  #isLive = false;
  #shownAt = 0;

  constructor({ json }: { json: boolean }) {
    this.#json = json;
    this.#isBold = this.#isTerminal && !Deno.env.get("NO_COLOR") &&
      Deno.env.get("TERM") !== "dumb";
  }

  /** A line for people only. */
  line(text = ""): void {
    if (!this.#json) this.#write(this.#cleared(`${text}\n`));
  }

  heading(text: string): void {
    this.line(this.#isBold ? `\x1b[1m${text}\x1b[m` : text);
  }

  /** An object for programs only. */
  record(type: string, facts: Facts): void {
    if (!this.#json) return;
    this.#write(JSON.stringify({ schema: SCHEMA, type, seq: this.#seq++, ...facts }) + "\n");
  }

  /** Says that something begins. */
  begin(name: string, text: string): Step {
    const startedAt = performance.now();
    this.record("begin", { step: name, text });
    if (!this.#json) this.#show(name, text, { isNews: true });
    return {
      update: (text, facts = {}) => {
        if (performance.now() - this.#shownAt < (this.#isTerminal ? REDRAW_MS : LINE_MS)) return;
        this.record("progress", { step: name, ...facts });
        if (this.#json) this.#shownAt = performance.now();
        else this.#show(name, text, { isNews: false });
      },
      done: (text, facts = {}) => {
        const ms = Math.round(performance.now() - startedAt);
        this.record("done", { step: name, ms, ...facts });
        this.line(`  ${name.padEnd(NAME_WIDTH)} ${text}  (${formatSeconds(ms)})`);
      },
    };
  }

  [Symbol.dispose](): void {
    if (this.#isLive) this.#write(this.#cleared(""));
  }

  #show(name: string, text: string, { isNews }: { isNews: boolean }): void {
    this.#shownAt = performance.now();
    const line = `  ${name.padEnd(NAME_WIDTH)} ${text}`;
    if (!this.#isTerminal) return this.#write(`${line}${isNews ? " …" : ""}\n`);
    const { columns } = Deno.consoleSize();
    this.#write(this.#cleared(line.slice(0, Math.max(columns - 1, 20))));
    this.#isLive = true;
  }

  #cleared(text: string): string {
    const wasLive = this.#isLive;
    this.#isLive = false;
    return wasLive ? CLEAR + text : text;
  }

  /** @throws {Deno.errors.BrokenPipe} when nobody reads any more. */
  #write(text: string): void {
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  }
}
