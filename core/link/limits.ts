/** Times that both ends of a link keep to. */

/** How long a source keeps a connection that nobody uses. */
export const KEEP_ALIVE_MS = 60_000;

/** As long does a destination: less, so that it never asks on one that is about to be closed. */
export const POOL_IDLE_MS = KEEP_ALIVE_MS / 2;
