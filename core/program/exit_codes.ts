/**
 * Exit statuses, with rsync's numbers where the meaning is equal.
 *
 * | status | meaning |
 * |---:|---|
 * | 0 | everything asked for was done |
 * | 1 | usage: the command line is wrong, or asks for what can't be done here |
 * | 3 | file selection: a named file or folder is missing or isn't what it has to be |
 * | 5 | refused: the other side doesn't accept this one, and won't later |
 * | 11 | file I/O: the run as a whole could not read or write |
 * | 20 | interrupted (^C, a termination signal, or the reader of the output went away) or cancelled |
 * | 23 | some items failed, or differ; the others were done |
 * | 24 | source files vanished during the run; everything else was done |
 * | 25 | deletions stopped at `--max-delete` |
 * | 30 | timeout: nothing moved for `--timeout` seconds |
 */
import type { ErrorCode } from "#core/errors.ts";

/** Every status that a program of Orbit ends with. */
export const ExitCode = {
  ok: 0,
  usage: 1,
  fileSelection: 3,
  refused: 5,
  fileIo: 11,
  interrupted: 20,
  someFailed: 23,
  someVanished: 24,
  deleteLimit: 25,
  timeout: 30,
} as const;

/** One of the statuses in {@linkcode ExitCode}. */
export type ExitCode = typeof ExitCode[keyof typeof ExitCode];

const BY_ERROR: Record<ErrorCode, ExitCode> = {
  invalid: ExitCode.usage,
  unsupported: ExitCode.usage,
  not_found: ExitCode.fileSelection,
  conflict: ExitCode.fileSelection,
  unauthenticated: ExitCode.fileIo,
  denied: ExitCode.fileIo,
  exhausted: ExitCode.fileIo,
  unavailable: ExitCode.fileIo,
  corrupt: ExitCode.fileIo,
  internal: ExitCode.fileIo,
};

/** The status for an error that ended a command. */
export function exitCodeOfError(code: ErrorCode): ExitCode {
  return BY_ERROR[code];
}
