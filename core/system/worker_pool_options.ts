import type { DriverChoice } from "./worker_protocol.ts";

/** What a pool of file workers is to be. */
export interface WorkerPoolOptions {
  /** Absolute paths that may be read. */
  read: string[];
  /** Absolute paths that may be written, and read. */
  write: string[];
  /**
   * Paths to read whose files may get further names beneath `write` (`--link-dest`). A file that is
   * linked there can be changed there, so the kernel asks for the right to write them.
   */
  linkFrom?: string[];
  /** How many workers; at least 1. */
  width: number;
  /**
   * How many there are while there is little to do, since each takes megabytes: `width` when left
   * out. Others start when calls wait, and stop after a minute without any.
   */
  least?: number;
  /** Milliseconds instead of that minute; for tests. */
  idleMs?: number;
  driver?: DriverChoice;
  /**
   * Starts a keeper as well: a worker that replaces workers which died after this program gave up
   * its own permissions (`giveUpPermissions`). Hashes are loaded before anything is served, so that
   * the kernel's wall needs no gap for that.
   */
  keeper?: boolean;
  /** Another worker program with the same protocol; for fault tests. */
  program?: string;
}
