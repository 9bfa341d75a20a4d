/** How long a Star may be silent. */

/** Milliseconds, unless the name says otherwise. */
export interface RemoteTimeouts {
  /** Until the first answer of a call, and between two messages of it. */
  readonly silenceMs: number;
  /**
   * Bytes a second that the slowest disk reads: calls that read much before they answer get as
   * much more time.
   */
  readonly slowestBytesPerSecond: number;
  /** How long an aborted call that changes files may take to end what it is at. */
  readonly graceMs: number;
}

export const DEFAULT_TIMEOUTS: RemoteTimeouts = {
  silenceMs: 60_000,
  slowestBytesPerSecond: 4 * 1024 * 1024,
  graceMs: 10_000,
};

/** Time for an answer that needs so many bytes to be read first. */
export function timeFor(timeouts: RemoteTimeouts, bytes: number): number {
  return timeouts.silenceMs + bytes / timeouts.slowestBytesPerSecond * 1000;
}
