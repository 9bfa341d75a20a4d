/** Names of metrics, in one place so that no two parts of Orbit mean different things by one. */
import type { HistogramDefinition, MetricDefinition } from "./definition.ts";

/** Counter. */
export const P2P_TRANSFERS: MetricDefinition<"status"> = {
  name: "orbit_p2p_transfers_total",
  help: "Files moved from Star to Star, by how it ended: success or failure.",
  labels: ["status"],
};

/** Counter. */
export const P2P_BYTES: MetricDefinition = {
  name: "orbit_p2p_bytes_transferred_total",
  help: "Bytes moved from Star to Star.",
};

/** Histogram. */
export const P2P_DURATION: HistogramDefinition = {
  name: "orbit_p2p_transfer_duration_seconds",
  help: "How long moving a file from Star to Star took.",
  buckets: [0.005, 0.02, 0.1, 0.5, 1, 5, 10, 60, 600, 3600],
};

/** Counter. */
export const P2P_TOKEN_ERRORS: MetricDefinition = {
  name: "orbit_p2p_token_verification_errors_total",
  help: "Grants that a source refused.",
};

/** Gauge. */
export const CONNECTED_AGENTS: MetricDefinition = {
  name: "connected_agents",
  help: "Stars whose control stream is open.",
};

/** Counter. */
export const MESSAGES_RECEIVED: MetricDefinition = {
  name: "messages_received_total",
  help: "Messages received on control streams.",
};

/** Counter. */
export const MESSAGES_SENT: MetricDefinition = {
  name: "messages_sent_total",
  help: "Messages sent on control streams.",
};

/** Counter. */
export const CONNECTION_FAILURES: MetricDefinition = {
  name: "connection_failures_total",
  help: "Connections that were refused or could not be made.",
};

/** Counter. */
export const STREAM_ERRORS: MetricDefinition = {
  name: "stream_errors_total",
  help: "Control streams that ended with an error.",
};

/** Gauge. */
export const SHIELD_CONNECTIONS: MetricDefinition = {
  name: "shield_active_connections",
  help: "WebSockets that are open.",
};

/** Counter. */
export const SHIELD_INGRESS: MetricDefinition = {
  name: "shield_ingress_ops",
  help: "Messages received on WebSockets.",
};

/** Histogram. */
export const POLICY_DURATION: HistogramDefinition = {
  name: "policy_execution_duration",
  help: "Seconds that a policy took to judge.",
  buckets: [0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.1, 1],
};

/** Gauge. */
export const ROOMS: MetricDefinition = {
  name: "brain_room_count",
  help: "Rooms that somebody is in.",
};

/** Gauge. */
export const CONVERGENCE_LAG: MetricDefinition = {
  name: "consistency_convergence_lag",
  help: "Seconds until all replicas last agreed on who is present.",
};
