/** Shows a run of a sync: its events as lines or JSON, its progress, its end. */
import { escapeName } from "#core/names.ts";
import type { PlannedAction, SyncEvent, SyncReport } from "#core/sync/events.ts";
import type { VerifyMode } from "#core/sync/options.ts";
import type { ByteSink, Host } from "#core/program/host.ts";
import type { SyncOutput } from "../sync/settings.ts";
import { OutputBuffer } from "#core/program/output/buffer.ts";
import { explanationLines } from "./explanation.ts";
import { createJsonEncoder } from "./json.ts";
import { actionLine } from "./lines.ts";
import { escapeMessage, troubleLine } from "#core/program/output/message.ts";
import { Progress } from "./progress.ts";
import { statsLines } from "./stats.ts";
import { outcomeLines, summaryLine } from "./summary.ts";

/** What the display has to know about a run. */
export interface DisplaySettings {
  output: SyncOutput;
  dryRun: boolean;
  verify: VerifyMode;
  /** Nobody reads standard output any more, or writing to it failed. */
  onClosed(failure?: Error): void;
}

/** How often buffers are flushed and progress is redrawn. */
const TICK_MS = 100;

const encoder = new TextEncoder();

/**
 * Takes the events of a run and shows them on the host's streams. Dispose of it when the run is
 * over, however it ended: that flushes, and leaves the terminal as it was.
 */
export class SyncDisplay implements Disposable {
  readonly #host: Host;
  readonly #settings: DisplaySettings;
  readonly #stdout: OutputBuffer;
  readonly #stderr: OutputBuffer;
  readonly #progress: Progress | undefined;
  readonly #encode = createJsonEncoder();
  readonly #timer: Disposable;
  #tickedAt: number;

  constructor(host: Host, settings: DisplaySettings) {
    this.#host = host;
    this.#settings = settings;
    this.#progress = createProgress(host, settings.output);
    const beforeWrite = () => this.#progress?.clear();
    this.#stdout = new OutputBuffer(host.stdout, {
      beforeWrite: host.stdout.isTerminal() ? beforeWrite : undefined,
      onClosed: () => settings.onClosed(),
      onFailed: (failure) => settings.onClosed(failure),
    });
    this.#stderr = new OutputBuffer(host.stderr, { beforeWrite });
    this.#tickedAt = host.elapsed();
    this.#timer = host.every(TICK_MS, () => this.#tick());
  }

  /** Shows an event. */
  readonly observe = (event: SyncEvent): void => {
    if (this.#settings.output.json) this.#stdout.writeLine(this.#encode(event));
    else this.#showOutput(event);
    this.#showTrouble(event);
    if (this.#host.elapsed() - this.#tickedAt >= TICK_MS) this.#tick();
  };

  /** A line on standard error, at once. */
  say(line: string): void {
    this.#stderr.writeLine(line);
    this.flush();
  }

  /** Writes out what was gathered. */
  flush(): void {
    this.#stdout.flush();
    this.#stderr.flush();
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    this.#progress?.clear();
    this.flush();
  }

  #tick(): void {
    this.#tickedAt = this.#host.elapsed();
    this.flush();
    this.#progress?.tick();
  }

  #showOutput(event: SyncEvent): void {
    const { dryRun, output } = this.#settings;
    if (event.type === (dryRun ? "plan" : "done") || isSkip(event)) {
      this.#writeAction(event.action);
    } else if (event.type === "explain") {
      for (const line of explanationLines(event.explanation)) this.#stdout.writeLine(line);
    } else if (event.type === "end" && output.stats && !output.quiet) {
      for (const line of statsLines(event.report.totals, output.humanReadable)) {
        this.#stdout.writeLine(line);
      }
    }
  }

  #writeAction(action: PlannedAction): void {
    const line = actionLine(action, this.#settings.output);
    if (line !== undefined) this.#stdout.writeLine(line);
  }

  #showTrouble(event: SyncEvent): void {
    const { quiet, verbosity } = this.#settings.output;
    switch (event.type) {
      case "trouble":
        if (!event.willRetry) this.#stderr.writeLine(troubleLine(event.path, event.error));
        else if (verbosity > 0) {
          this.#stderr.writeLine(`${troubleLine(event.path, event.error)}; trying again`);
        }
        break;
      case "note":
        if (!quiet) this.#stderr.writeLine(`orbit: ${escapeMessage(event.message)}`);
        break;
      case "start":
        if (event.resumed && !quiet) this.#stderr.writeLine(resumedLine(event.jobId));
        break;
      case "progress":
        this.#progress?.update(event.totals, event.current);
        break;
      case "end":
        this.#showEnd(event.report);
        break;
    }
  }

  #showEnd(report: SyncReport): void {
    this.#progress?.clear();
    this.#stdout.flush();
    for (const line of outcomeLines(report, this.#settings)) this.#stderr.writeLine(line);
    if (this.#wantsSummary()) this.#stderr.writeLine(summaryLine(report, this.#settings));
  }

  #wantsSummary(): boolean {
    const { quiet, verbosity, stats, progress, json } = this.#settings.output;
    if (quiet || progress === "off") return false;
    return verbosity > 0 || stats || progress === "on" ||
      (!json && this.#host.stderr.isTerminal());
  }
}

function isSkip(event: SyncEvent): event is SyncEvent & { type: "plan" } {
  return event.type === "plan" && event.action.kind === "skip";
}

function resumedLine(jobId: string | undefined): string {
  return jobId === undefined
    ? "orbit: going on with an interrupted run"
    : `orbit: going on with job ${escapeName(jobId)}`;
}

function createProgress(host: Host, output: SyncOutput): Progress | undefined {
  const isTerminal = host.stderr.isTerminal() && host.env("TERM") !== "dumb";
  const isWanted = output.progress === "on" ||
    (output.progress === "auto" && !output.quiet && (isTerminal || !output.json));
  if (!isWanted) return undefined;
  return new Progress({
    write: (text) => writeQuietly(host.stderr, text),
    isTerminal,
    color: host.color,
    columns: () => host.columns(),
    elapsed: () => host.elapsed(),
  });
}

/** Progress isn't worth ending a run for when its reader has gone. */
function writeQuietly(sink: ByteSink, text: string): void {
  try {
    sink.write(encoder.encode(text));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
