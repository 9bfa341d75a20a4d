/** How much an index takes at once. */

/** What an index may take, of memory and of time. */
export interface IndexLimits {
  /** For pages that were looked at. */
  cacheBytes: number;
  /** Entries that are gathered in memory before they become a sorted run. */
  freshEntries: number;
  /** Entries that are merged in one transaction. */
  stepEntries: number;
}
