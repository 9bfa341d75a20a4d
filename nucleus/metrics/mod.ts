/**
 * What the Nucleus counts, for Prometheus (`GET /metrics`).
 *
 * @module
 */
export type { LinkReport } from "./link_growth.ts";
export { type Looks, NucleusMetrics } from "./nucleus_metrics.ts";
export { MAX_LABELS, OTHERS } from "./star_labels.ts";
