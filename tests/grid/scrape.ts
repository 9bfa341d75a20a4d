/** `/metrics`, as Prometheus reads it. */
import assert from "node:assert/strict";
import type { TwoStars } from "./two_stars.ts";

/** Samples by name and labels, as they are written. */
export type Samples = ReadonlyMap<string, number>;

/** Reads the text format; what isn't that fails the test. */
export function parseMetrics(text: string): Samples {
  const samples = new Map<string, number>();
  const described = new Set<string>();
  assert(text.endsWith("\n"));
  for (const line of text.split("\n").filter((line) => line !== "")) {
    const about = /^# (?:HELP|TYPE) (\S+) \S/.exec(line);
    if (about !== null) {
      described.add(about[1]);
      continue;
    }
    const match = /^(([a-z0-9_]+)(?:\{[^{}]*\})?) (\S+)$/.exec(line);
    assert(match !== null, line);
    const [, key, name, value] = match;
    const family = name.replace(/_(bucket|sum|count)$/, "");
    assert(described.has(name) || described.has(family), `${name} isn't described`);
    assert(!samples.has(key), `${key} twice`);
    assert(Number.isFinite(Number(value)), line);
    samples.set(key, Number(value));
  }
  return samples;
}

/** Asks a Nucleus. */
export async function scrape(grid: TwoStars): Promise<Samples> {
  const response = await grid.fetch("/metrics");
  const text = await response.text();
  assert.equal(response.status, 200, text);
  assert.match(response.headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);
  return parseMetrics(text);
}
