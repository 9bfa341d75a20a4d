/** What a Star does for its callers at most. */

export interface ServeLimits {
  /** Calls at the same time; one more is refused with `exhausted`. */
  readonly maxCalls: number;
  /** Paths of one request. */
  readonly maxPaths: number;
  /** Actions of one request. */
  readonly maxActions: number;
  /** Milliseconds after which a call that is still at work says so. */
  readonly beatMs: number;
}

export const DEFAULT_LIMITS: ServeLimits = {
  maxCalls: 64,
  maxPaths: 16_384,
  maxActions: 4_096,
  beatMs: 15_000,
};

/** Bytes of a header. */
export const MAX_HEADER_BYTES = 64 * 1024;

/** Bytes of the headers of one answer. */
export const MAX_HEADERS_BYTES = 2 * 1024 * 1024;
