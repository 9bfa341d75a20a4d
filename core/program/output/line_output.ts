/** Lines of commands that print a line for each thing they did. */
import type { ErrorData } from "#core/errors.ts";
import { toShownJson } from "#core/names.ts";
import type { Host } from "../host.ts";
import { OutputBuffer } from "./buffer.ts";
import { nameFields } from "./name_fields.ts";
import { troubleLine } from "./message.ts";

/** A reader waits for a line at most about this long after it came up, while more come. */
const FLUSH_MS = 200;

/** How lines are written. */
export interface LineOutputOptions {
  /** The schema of JSON lines. */
  schema: string;
  json: boolean;
  /** Nobody reads standard output any more. */
  onClosed(): void;
  /** Before each write, where a terminal may show progress. */
  beforeWrite?(): void;
}

/** The number of a JSON line, or false where lines are text. */
export type LineForm = { seq: number } | false;

/**
 * Lines on standard output, numbered when they are JSON, and remarks on standard error. Dispose of
 * it when the command is over, however it ended: that writes out what was gathered.
 */
export class LineOutput implements Disposable {
  readonly #host: Host;
  readonly #options: LineOutputOptions;
  readonly #stdout: OutputBuffer;
  readonly #stderr: OutputBuffer;
  #seq = 0;
  #flushedAt: number;

  constructor(host: Host, options: LineOutputOptions) {
    const { onClosed, beforeWrite } = options;
    this.#host = host;
    this.#options = options;
    this.#stdout = new OutputBuffer(host.stdout, { onClosed, beforeWrite });
    this.#stderr = new OutputBuffer(host.stderr, { beforeWrite });
    this.#flushedAt = host.elapsed();
  }

  get isJson(): boolean {
    return this.#options.json;
  }

  /** Writes a line, made in the form that is wanted. */
  say(make: (form: LineForm) => string): void {
    this.#stdout.writeLine(make(this.isJson && { seq: this.#seq++ }));
    const now = this.#host.elapsed();
    if (now - this.#flushedAt < FLUSH_MS) return;
    this.#flushedAt = now;
    this.flush();
  }

  /** Tells what went wrong with one thing: on standard error, and in JSON as well. */
  trouble(path: string, error: ErrorData): void {
    if (this.isJson) {
      const { schema } = this.#options;
      const seq = this.#seq++;
      const fields = { schema, type: "trouble", seq, ...nameFields("path", path), error };
      this.#stdout.writeLine(toShownJson(fields));
    }
    this.remark(troubleLine(path, error));
  }

  /** A line on standard error. */
  remark(line: string): void {
    this.#stdout.flush();
    this.#stderr.writeLine(line);
    this.#stderr.flush();
  }

  /** Writes out what was gathered. */
  flush(): void {
    this.#stdout.flush();
    this.#stderr.flush();
  }

  [Symbol.dispose](): void {
    this.flush();
  }
}
