/** How kinds of files are described. */

/** What is copied first; from most to least urgent. */
export type Priority = "critical" | "high" | "normal" | "low";

/** The priorities, most urgent first. */
export const PRIORITIES: readonly Priority[] = ["critical", "high", "normal", "low"];

/** Orders priorities, most urgent first. */
export function comparePriorities(a: Priority, b: Priority): number {
  return PRIORITIES.indexOf(a) - PRIORITIES.indexOf(b);
}

/** Bytes that a kind of file has at a certain place of its beginning. */
export interface Magic {
  /** Bytes from the beginning of the file, at most {@linkcode MAX_HEADER_BYTES}. */
  readonly offset: number;
  /** Text stands for its characters' codes, each 0 to 255. */
  readonly bytes: string | Uint8Array;
}

/** One kind of files: what it is known by, and what follows. */
export interface SemanticRule {
  readonly priority: Priority;
  /** What the file is, for a person: `SQLite database`. */
  readonly reason: string;
  /** Whole file names, in any case. */
  readonly names?: readonly string[];
  /** What follows a name's last dot, without it, in any case; `~` is an editor's backup. */
  readonly extensions?: readonly string[];
  /** Directories beneath which everything that isn't critical by its name is of this kind. */
  readonly directories?: readonly string[];
  /** Any of these in the header makes a file of this kind. */
  readonly magic?: readonly Magic[];
  /** The names and extensions say little: a look at the header is worth its cost. */
  readonly headerMatters?: boolean;
}

/** No magic reaches further into a file. */
export const MAX_HEADER_BYTES = 65_536;
