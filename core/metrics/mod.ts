/**
 * Metrics in Prometheus' text format: counters, gauges and histograms, each bounded in labels.
 *
 * The text format is a page; the usual library for it, prom-client, would bring three more packages
 * and 5 to 19 MB of memory (by what is loaded already) into a process that is to idle below 50 MB,
 * and doesn't bound labels.
 *
 * ```ts
 * import { MetricsRegistry, P2P_TRANSFERS } from "#core/metrics/mod.ts";
 *
 * const metrics = new MetricsRegistry();
 * metrics.counter(P2P_TRANSFERS).increment({ status: "success" });
 * console.assert(metrics.render().includes('orbit_p2p_transfers_total{status="success"} 1'));
 * ```
 *
 * @module
 */
export * from "./catalog.ts";
export type { HistogramDefinition, LabelValues, MetricDefinition } from "./definition.ts";
export type { Counter, Gauge, Histogram } from "./metric.ts";
export { METRICS_CONTENT_TYPE, MetricsRegistry } from "./registry.ts";
