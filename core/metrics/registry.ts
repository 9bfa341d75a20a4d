/** All metrics of a process. */
import { OrbitError } from "../errors.ts";
import type { HistogramDefinition, MetricDefinition } from "./definition.ts";
import { Counter, Gauge, Histogram, type Metric } from "./metric.ts";

/** The type of what {@linkcode MetricsRegistry.render} gives, as HTTP says it. */
export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Metrics by name. One exists from the moment somebody asks for it, so that nothing is shown that
 * nobody counts; asking again gives the same one.
 */
export class MetricsRegistry {
  readonly #metrics = new Map<string, Metric>();

  /** @throws OrbitError `internal` when the name is taken by something else, or is none. */
  counter<const L extends string = never>(definition: MetricDefinition<L>): Counter<L> {
    return this.#get(definition, "counter", () => new Counter(definition)) as Counter<L>;
  }

  /** @throws OrbitError `internal` when the name is taken by something else, or is none. */
  gauge<const L extends string = never>(definition: MetricDefinition<L>): Gauge<L> {
    return this.#get(definition, "gauge", () => new Gauge(definition)) as Gauge<L>;
  }

  /** @throws OrbitError `internal` when the name is taken by something else, or is none. */
  histogram<const L extends string = never>(definition: HistogramDefinition<L>): Histogram<L> {
    return this.#get(definition, "histogram", () => new Histogram(definition)) as Histogram<L>;
  }

  /** All metrics in Prometheus' text format 0.0.4, sorted by name. */
  render(): string {
    let text = "";
    for (const name of [...this.#metrics.keys()].sort()) {
      const metric = this.#metrics.get(name)!;
      const lines = [...metric.samples()];
      if (lines.length === 0) continue;
      const help = metric.definition.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
      text += `# HELP ${name} ${help}\n# TYPE ${name} ${metric.type}\n${lines.join("")}`;
    }
    return text;
  }

  #get(
    definition: MetricDefinition<string>,
    type: Metric["type"],
    create: () => Metric,
  ): Metric {
    const { name, labels = [] } = definition;
    const known = this.#metrics.get(name);
    if (known !== undefined) {
      const isSame = known.type === type &&
        labels.join() === (known.definition.labels ?? []).join();
      if (isSame) return known;
      throw new OrbitError("internal", `register metric "${name}": it is another one already`);
    }
    const isNamed = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name) &&
      labels.every((label) => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) && label !== "le");
    if (!isNamed) throw new OrbitError("internal", `register metric "${name}": no good name`);
    const metric = create();
    this.#metrics.set(name, metric);
    return metric;
  }
}
