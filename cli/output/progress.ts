/** Progress on standard error: a block that is redrawn on a terminal, else a line now and then. */
import { escapeName } from "#core/names.ts";
import type { SyncTotals } from "#core/sync/events.ts";
import { formatBytes, formatClock, formatCount } from "#core/program/output/format.ts";
import { RateMeter } from "#core/program/output/rate.ts";
import { fitEnd, fitMiddle, textWidth } from "#core/program/output/width.ts";

/** Where and how progress is shown. */
export interface ProgressOptions {
  /** Writes to standard error. */
  write(text: string): void;
  /** Redraw a block in place, rather than write lines. */
  isTerminal: boolean;
  color: boolean;
  columns(): number;
  /** Milliseconds that only grow. */
  elapsed(): number;
}

/** A block is redrawn at most this often. */
const REDRAW_MS = 100;

/** Plain lines come this often. */
const LINE_MS = 30_000;

const CLEAR_LINE = "\r\x1b[2K";
const LINE_UP = "\x1b[1A";
const DIM = "\x1b[2m";
const PLAIN = "\x1b[22m";

/**
 * Shows how far a run has come. Call {@linkcode Progress.update} with news, {@linkcode
 * Progress.tick} regularly, and {@linkcode Progress.clear} before anything else is written to the
 * same terminal.
 */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #rate = new RateMeter();
  #totals: SyncTotals | undefined;
  #current: string | undefined;
  #linesShown = 0;
  #shownAt: number;
  #isStale = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#shownAt = options.elapsed();
  }

  /** Takes note of new totals; shown at the next tick. */
  update(totals: SyncTotals, current?: string): void {
    this.#totals = totals;
    this.#current = current;
    this.#isStale = true;
    this.#rate.add(this.#options.elapsed(), totals.copiedBytes);
  }

  /** Shows news if it is time to. */
  tick(): void {
    const { isTerminal, elapsed, write } = this.#options;
    const sinceMs = elapsed() - this.#shownAt;
    if (this.#totals === undefined || sinceMs < (isTerminal ? REDRAW_MS : LINE_MS)) return;
    if (!isTerminal) {
      write(`orbit: ${describeProgress(this.#totals, this.#rate.perSecond)}\n`);
    } else if (this.#isStale || this.#linesShown === 0) {
      this.#draw(this.#totals);
    }
    this.#shownAt = elapsed();
    this.#isStale = false;
  }

  /** Takes the block off the terminal. */
  clear(): void {
    if (this.#linesShown === 0) return;
    this.#options.write(this.#erasure());
    this.#linesShown = 0;
  }

  #draw(totals: SyncTotals): void {
    // The last column stays free: writing there wraps on some terminals.
    const columns = Math.max(0, this.#options.columns() - 1);
    const lines = progressBlock(totals, this.#rate.perSecond, this.#current, columns);
    const { color } = this.#options;
    const shown = lines.map((line, index) => color && index === 1 ? DIM + line + PLAIN : line);
    this.#options.write(`${this.#erasure()}${shown.join("\n")}\n`);
    this.#linesShown = lines.length;
  }

  #erasure(): string {
    return (LINE_UP + CLEAR_LINE).repeat(this.#linesShown);
  }
}

/** The lines of the block, none wider than `columns`. */
export function progressBlock(
  totals: SyncTotals,
  bytesPerSecond: number,
  current: string | undefined,
  columns: number,
): string[] {
  const first = fitEnd(describeProgress(totals, bytesPerSecond, columns), columns);
  if (current === undefined) return [first];
  const indent = "  ";
  const room = columns - textWidth(indent);
  return [first, fitEnd(indent + fitMiddle(escapeName(current), Math.max(0, room)), columns)];
}

/** `1.20 GiB of 4.00 GiB (30 %)  1,234 of 5,000 files  812 MiB/s  0:04 left`. */
function describeProgress(totals: SyncTotals, bytesPerSecond: number, columns?: number): string {
  const parts = describeParts(totals, bytesPerSecond);
  const text = () => parts.map((part) => part.text).join("  ");
  while (columns !== undefined && parts.length > 1 && textWidth(text()) > columns) {
    const least = Math.max(...parts.map(({ rank }) => rank));
    parts.splice(parts.findIndex(({ rank }) => rank === least), 1);
  }
  return text();
}

/** A part of the description; where there is little room, those of the highest ranks are left out. */
interface Part {
  text: string;
  rank: number;
}

function describeParts(totals: SyncTotals, bytesPerSecond: number): Part[] {
  const { planned, copiedBytes, copiedFiles, plannedBytes, plannedFiles } = totals;
  const more = planned ? "" : "+";
  const copied = `${formatBytes(copiedBytes)} of ${formatBytes(plannedBytes)}${more}`;
  const files = `${formatCount(copiedFiles)} of ${formatCount(plannedFiles)}${more} files`;
  const parts = [
    { text: copied + shareOf(totals), rank: 0 },
    { text: files, rank: 4 },
    { text: `${formatBytes(Math.round(bytesPerSecond))}/s`, rank: 3 },
  ];
  if (planned && bytesPerSecond >= 1 && copiedBytes < plannedBytes) {
    const seconds = (plannedBytes - copiedBytes) / bytesPerSecond;
    parts.push({ text: `${formatClock(seconds)} left`, rank: 2 });
  }
  if (!planned) parts.push({ text: `${formatCount(totals.scanned.files)} files seen`, rank: 5 });
  if (totals.relayedBytes) {
    parts.push({ text: `${formatBytes(totals.relayedBytes)} relayed`, rank: 6 });
  }
  if (totals.failed > 0) parts.push({ text: `${formatCount(totals.failed)} failed`, rank: 1 });
  return parts;
}

function shareOf({ planned, copiedBytes, plannedBytes }: SyncTotals): string {
  if (!planned || plannedBytes === 0) return "";
  return ` (${Math.min(100, Math.floor((copiedBytes / plannedBytes) * 100))} %)`;
}
