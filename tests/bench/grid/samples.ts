/** Figures of one kind, and what most of them stay below. */

/** What is told of many figures. */
export interface Summary {
  count: number;
  p50: number;
  p99: number;
  max: number;
}

/** The value that the share of the figures, from 0 to 1, stays at or below (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

export function summarize(values: readonly number[]): Summary {
  return {
    count: values.length,
    p50: percentile(values, 0.5),
    p99: percentile(values, 0.99),
    max: percentile(values, 1),
  };
}
