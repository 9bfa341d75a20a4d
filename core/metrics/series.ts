/** Values of one metric by their labels. */
import { OrbitError } from "../errors.ts";
import type { MetricDefinition } from "./definition.ts";

/** Values of one metric by labels; label values beyond it are counted as `other`. */
export const MAX_SERIES = 1000;
const MAX_LABEL = 128;

/** One value of a metric and the labels it has in the output. */
export interface Series<T> {
  /** `name="value"` pairs, escaped, without braces. */
  labels: string;
  value: T;
}

/** A bounded table from label values to whatever a metric keeps for them. */
export class SeriesTable<T> {
  readonly #definition: MetricDefinition<string>;
  readonly #create: () => T;
  readonly #series = new Map<string, Series<T>>();

  constructor(definition: MetricDefinition<string>, create: () => T) {
    this.#definition = definition;
    this.#create = create;
    // A rate over a counter needs its zero; which labels there will be nobody knows yet.
    if (!definition.labels?.length) this.at({});
  }

  /** The value for these labels; made when there is none yet. */
  at(labels: Readonly<Record<string, string>>): Series<T> {
    const names = this.#definition.labels ?? [];
    const found = this.#find(names.map((name) => labels[name]));
    return found ?? this.#find(names.map(() => "other"), MAX_SERIES + 1)!;
  }

  values(): Iterable<Series<T>> {
    return this.#series.values();
  }

  #find(values: readonly string[], most = MAX_SERIES): Series<T> | undefined {
    const key = this.#key(values);
    const found = this.#series.get(key);
    if (found !== undefined || this.#series.size >= most) return found;
    const series = { labels: key, value: this.#create() };
    this.#series.set(key, series);
    return series;
  }

  #key(values: readonly string[]): string {
    return (this.#definition.labels ?? []).map((name, index) => {
      const value = values[index];
      if (typeof value !== "string") {
        throw new OrbitError("internal", `metric "${this.#definition.name}": no label "${name}"`);
      }
      return `${name}="${escapeLabel(value.slice(0, MAX_LABEL))}"`;
    }).join(",");
  }
}

function escapeLabel(value: string): string {
  return value.toWellFormed().replace(
    /[\\"\n]/g,
    (char) => char === "\n" ? "\\n" : `\\${char}`,
  );
}
