/** What a metric is, before anything has been measured. */

/** A metric's name and meaning. `L` are the names of its labels. */
export interface MetricDefinition<L extends string = never> {
  /** In Prometheus' alphabet; a counter ends in `_total` unless its name came from elsewhere. */
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  /** Names of its labels. Their values must come from small sets, never from outside. */
  readonly labels?: readonly L[];
}

/** A metric of durations or sizes, counted by how large they are. */
export interface HistogramDefinition<L extends string = never> extends MetricDefinition<L> {
  /** Upper bounds, rising, without the infinite one. */
  readonly buckets: readonly number[];
}

/** Label values, when the metric has labels. */
export type LabelValues<L extends string> = [L] extends [never] ? []
  : [labels: Readonly<Record<L, string>>];
