/** The names of what is counted of transfers between Stars, for whoever tells Prometheus. */

/** A counter's name and what it is said to count. */
export interface MetricName {
  readonly name: string;
  readonly help: string;
}

/** Counters, for one Star each. */
export const LINK_METRICS = {
  transfers: {
    name: "orbit_p2p_transfers_total",
    help: "Files that a Star took from others over Direct Links (success), or tried to (failure).",
  },
  bytesTaken: {
    name: "orbit_p2p_bytes_transferred_total",
    help: "Bytes that a Star took from others over Direct Links.",
  },
  bytesGiven: {
    name: "orbit_p2p_bytes_given_total",
    help: "Bytes that a Star gave to others over Direct Links.",
  },
  grantsRefused: {
    name: "orbit_p2p_token_verification_errors_total",
    help: "Grants that a Star refused: to give files for, or to fetch files with.",
  },
} as const satisfies Record<string, MetricName>;
