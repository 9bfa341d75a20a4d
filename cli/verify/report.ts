/** What `orbit verify` shows while it runs and when it ends. */
import type { ErrorData } from "#core/errors.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import type { Foreground } from "#core/program/foreground.ts";
import type { Host } from "#core/program/host.ts";
import { formatBytes, formatNumberOf, formatRate } from "#core/program/output/format.ts";
import { LineOutput } from "#core/program/output/line_output.ts";
import { fitEnd } from "#core/program/output/width.ts";
import type { VerifySettings } from "./description.ts";
import { differenceLine, VERIFY_SCHEMA, type VerifyDifference, verifyEndLine } from "./output.ts";

/** Progress isn't worth a look before this. */
const QUIET_MS = 1000;
const REDRAW_MS = 100;
const CLEAR_LINE = "\r\x1b[2K";

const encoder = new TextEncoder();

/** Counts and prints; dispose of it when the run is over, however it ended. */
export class VerifyReport implements Disposable {
  readonly #host: Host;
  readonly #quiet: boolean;
  readonly #output: LineOutput;
  readonly #startedAt: number;
  readonly #timer: Disposable | null;
  #isDrawn = false;
  #differences = 0;
  #failed = 0;
  /** Files and bytes compared so far; kept by the caller. */
  files = 0;
  bytes = 0;

  constructor(host: Host, { json, quiet }: VerifySettings, { onClosed }: Foreground) {
    this.#host = host;
    this.#quiet = quiet;
    const beforeWrite = () => this.#clear();
    this.#output = new LineOutput(host, { schema: VERIFY_SCHEMA, json, onClosed, beforeWrite });
    this.#startedAt = host.elapsed();
    const hasProgress = host.stderr.isTerminal() && host.env("TERM") !== "dumb" && !quiet;
    this.#timer = hasProgress ? host.every(REDRAW_MS, () => this.#draw()) : null;
  }

  difference(difference: VerifyDifference): void {
    this.#differences++;
    if (!this.#quiet) this.#output.say((form) => differenceLine(difference, form));
  }

  /** Something could not be looked at. */
  trouble(path: string, error: ErrorData): void {
    this.#failed++;
    this.#output.trouble(path, error);
  }

  remark(message: string): void {
    this.#output.remark(message);
  }

  /** Prints the last line and says how it ended. */
  end(sides: string): ExitCode {
    const { files, bytes } = this;
    const durationMs = this.#host.elapsed() - this.#startedAt;
    const counts = { differences: this.#differences, failed: this.#failed };
    if (!this.#quiet || this.#output.isJson) {
      this.#output.say((form) =>
        verifyEndLine({ files, bytes, ...counts, durationMs }, sides, form)
      );
    }
    return counts.differences + counts.failed === 0 ? ExitCode.ok : ExitCode.someFailed;
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#clear();
    this.#output.flush();
  }

  #draw(): void {
    const elapsedMs = this.#host.elapsed() - this.#startedAt;
    if (elapsedMs < QUIET_MS) return;
    const amount = `${formatNumberOf(this.files, "file")}, ${formatBytes(this.bytes)}`;
    const text = `${amount} compared, ${formatRate(this.bytes, elapsedMs)}`;
    this.#write(CLEAR_LINE + fitEnd(text, this.#host.columns() - 1));
    this.#isDrawn = true;
  }

  #clear(): void {
    if (!this.#isDrawn) return;
    this.#isDrawn = false;
    this.#write(CLEAR_LINE);
  }

  /** Progress isn't worth ending a run for when its reader has gone. */
  #write(text: string): void {
    try {
      this.#host.stderr.write(encoder.encode(text));
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  }
}
