/** A histogram of what was sorted into its buckets elsewhere. */
import { Histogram, type Registry } from "prom-client";

/** What one is made with. */
export interface BatchHistogramOptions {
  name: string;
  help: string;
  /** Of the buckets, in seconds. */
  bounds: readonly number[];
  registry: Registry;
}

/** What Prometheus is told of a histogram. */
type Told = Awaited<ReturnType<Histogram["get"]>>;

/** Adds up buckets. */
export class BatchHistogram extends Histogram {
  readonly #options: BatchHistogramOptions;
  readonly #counts: number[];
  #sum = 0;

  constructor(options: BatchHistogramOptions) {
    const { name, help, bounds, registry } = options;
    super({ name, help, buckets: [...bounds], registers: [registry] });
    this.#options = options;
    this.#counts = [...bounds.map(() => 0), 0];
  }

  /** @param counts One for each bucket, none of which holds those before it, and one beyond. */
  add(counts: readonly number[], sum: number): void {
    this.#counts.forEach((_, i) => this.#counts[i] += counts[i]);
    this.#sum += sum;
  }

  /** Each bucket with those before it. */
  override get(): Promise<Told> {
    const { name, help, bounds } = this.#options;
    let total = 0;
    const values: object[] = [...bounds, "+Inf"].map((le, i) => {
      total += this.#counts[i];
      return { labels: { le }, value: total, metricName: `${name}_bucket` };
    });
    values.push({ labels: {}, value: this.#sum, metricName: `${name}_sum` });
    values.push({ labels: {}, value: total, metricName: `${name}_count` });
    return Promise.resolve({ name, help, type: "histogram", values } as unknown as Told);
  }

  /** What the library's registry calls for text. */
  getForPromString(): Promise<Told> {
    return this.get();
  }
}
