/** Holds back lines that say the same again and again. */

import type { LogLevel } from "./line.ts";
import { cut } from "./value.ts";

/** Lines of one kind in a window; more are counted. */
export const LINES_A_WINDOW = 10;
export const WINDOW_MS = 10_000;
/** Kinds that are remembered; a new one pushes out the oldest. */
const MAX_KINDS = 256;

/** What makes lines the same kind. */
export interface LineKind {
  level: LogLevel;
  message: string;
}

interface Window extends LineKind {
  startMs: number;
  lines: number;
  held: number;
}

/**
 * Lets the first {@linkcode LINES_A_WINDOW} lines of a kind pass in each {@linkcode WINDOW_MS},
 * and counts the others. Has no timer: what was held back is told when the next line of any kind
 * comes after the window's end, or at the end.
 */
export class RepeatGate {
  /** In the order in which they began. */
  readonly #windows = new Map<string, Window>();

  /** Whether a line of this kind may be written now. */
  admit({ level, message }: LineKind, nowMs: number): boolean {
    const short = cut(message, 256), key = `${level} ${short}`;
    let window = this.#windows.get(key);
    if (window === undefined) {
      window = { level, message: short, startMs: nowMs, lines: 0, held: 0 };
      this.#windows.set(key, window);
    }
    if (window.lines < LINES_A_WINDOW) {
      window.lines++;
      return true;
    }
    window.held++;
    return false;
  }

  /** Forgets windows that are over, or too many; gives those that held lines back. */
  expired(nowMs: number): (LineKind & { held: number })[] {
    const told: Window[] = [];
    for (const [key, window] of this.#windows) {
      const isOver = nowMs - window.startMs >= WINDOW_MS;
      if (!isOver && this.#windows.size < MAX_KINDS) break;
      this.#windows.delete(key);
      if (window.held > 0) told.push(window);
    }
    return told;
  }
}
