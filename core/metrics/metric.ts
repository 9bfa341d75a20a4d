/** Counters, gauges and histograms. */
import { OrbitError } from "../errors.ts";
import type { HistogramDefinition, LabelValues, MetricDefinition } from "./definition.ts";
import { SeriesTable } from "./series.ts";

/** What a registry needs of a metric. */
export interface Metric {
  readonly type: "counter" | "gauge" | "histogram";
  readonly definition: MetricDefinition<string>;
  /** Lines of the text format, without `HELP` and `TYPE`. */
  samples(): Iterable<string>;
}

/** A count that only grows. */
export class Counter<L extends string = never> implements Metric {
  readonly type = "counter";
  readonly #series: SeriesTable<{ count: number }>;

  constructor(readonly definition: MetricDefinition<L>) {
    this.#series = new SeriesTable(definition, () => ({ count: 0 }));
  }

  /** Counts one. */
  increment(...labels: LabelValues<L>): void {
    this.add(1, ...labels);
  }

  /** @param amount Not negative. */
  add(amount: number, ...[labels]: LabelValues<L>): void {
    if (!(amount >= 0 && amount < Infinity)) {
      throw new OrbitError("internal", `count "${this.definition.name}": ${amount} is no count`);
    }
    this.#series.at(labels ?? {}).value.count += amount;
  }

  *samples(): Iterable<string> {
    for (const { labels, value } of this.#series.values()) {
      yield sample(this.definition.name, labels, value.count);
    }
  }
}

/** A value that goes up and down. */
export class Gauge<L extends string = never> implements Metric {
  readonly type = "gauge";
  readonly #series: SeriesTable<{ now: number; read?: () => number }>;

  constructor(readonly definition: MetricDefinition<L>) {
    this.#series = new SeriesTable(definition, () => ({ now: 0 }));
  }

  set(value: number, ...[labels]: LabelValues<L>): void {
    this.#series.at(labels ?? {}).value.now = value;
  }

  /** @param amount May be negative. */
  add(amount: number, ...[labels]: LabelValues<L>): void {
    this.#series.at(labels ?? {}).value.now += amount;
  }

  /** From now on the value is asked for whenever the metrics are. */
  follow(read: () => number, ...[labels]: LabelValues<L>): void {
    this.#series.at(labels ?? {}).value.read = read;
  }

  *samples(): Iterable<string> {
    for (const { labels, value: { now, read } } of this.#series.values()) {
      yield sample(this.definition.name, labels, read === undefined ? now : read());
    }
  }
}

/** How often values of which size were seen. */
export class Histogram<L extends string = never> implements Metric {
  readonly type = "histogram";
  readonly #series: SeriesTable<{ counts: number[]; sum: number }>;

  constructor(readonly definition: HistogramDefinition<L>) {
    const { name, buckets } = definition;
    if (buckets.some((bound, index) => !(bound < (buckets[index + 1] ?? Infinity)))) {
      throw new OrbitError("internal", `metric "${name}": bounds don't rise`);
    }
    const create = () => ({ counts: new Array(buckets.length + 1).fill(0), sum: 0 });
    this.#series = new SeriesTable(definition, create);
  }

  observe(value: number, ...[labels]: LabelValues<L>): void {
    if (!Number.isFinite(value)) {
      throw new OrbitError("internal", `observe "${this.definition.name}": ${value} is no number`);
    }
    const { buckets } = this.definition;
    const series = this.#series.at(labels ?? {}).value;
    let index = 0;
    while (index < buckets.length && value > buckets[index]) index++;
    series.counts[index]++;
    series.sum += value;
  }

  *samples(): Iterable<string> {
    const { name, buckets } = this.definition;
    for (const { labels, value: { counts, sum } } of this.#series.values()) {
      const before = labels === "" ? "" : `${labels},`;
      let total = 0;
      for (const [index, count] of counts.entries()) {
        total += count;
        const bound = index < buckets.length ? formatNumber(buckets[index]) : "+Inf";
        yield sample(`${name}_bucket`, `${before}le="${bound}"`, total);
      }
      yield sample(`${name}_sum`, labels, sum);
      yield sample(`${name}_count`, labels, total);
    }
  }
}

function sample(name: string, labels: string, value: number): string {
  return `${name}${labels === "" ? "" : `{${labels}}`} ${formatNumber(value)}\n`;
}

function formatNumber(value: number): string {
  return value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value);
}
