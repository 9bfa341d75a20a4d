import assert from "node:assert/strict";
import { OrbitError } from "../errors.ts";
import * as doors from "./mod.ts";
import {
  CONNECTED_AGENTS,
  type HistogramDefinition,
  type MetricDefinition,
  MetricsRegistry,
  P2P_BYTES,
  P2P_TRANSFERS,
} from "./mod.ts";

const isInternal = (error: unknown) => error instanceof OrbitError && error.code === "internal";

Deno.test("render gives Prometheus' text format, sorted by name", () => {
  const metrics = new MetricsRegistry();
  metrics.counter(P2P_TRANSFERS).increment({ status: "success" });
  metrics.counter(P2P_TRANSFERS).add(2, { status: "failure" });
  metrics.counter(P2P_TRANSFERS).increment({ status: "success" });
  metrics.gauge(CONNECTED_AGENTS).add(3);
  metrics.gauge(CONNECTED_AGENTS).add(-1);
  const latency = metrics.histogram({ name: "latency", help: "a\\b\nc", buckets: [0.1, 1, 10] });
  for (const value of [0.05, 0.1, 0.5, 10, 11]) latency.observe(value);
  assert.equal(
    metrics.render(),
    `# HELP connected_agents Stars whose control stream is open.
# TYPE connected_agents gauge
connected_agents 2
# HELP latency a\\\\b\\nc
# TYPE latency histogram
latency_bucket{le="0.1"} 2
latency_bucket{le="1"} 3
latency_bucket{le="10"} 4
latency_bucket{le="+Inf"} 5
latency_sum 21.65
latency_count 5
# HELP orbit_p2p_transfers_total Files moved from Star to Star, by how it ended: success or failure.
# TYPE orbit_p2p_transfers_total counter
orbit_p2p_transfers_total{status="success"} 2
orbit_p2p_transfers_total{status="failure"} 2
`,
  );
});

Deno.test("render shows what is asked for, and nothing else", () => {
  const metrics = new MetricsRegistry();
  assert.equal(metrics.render(), "");
  metrics.counter(P2P_TRANSFERS);
  assert.equal(metrics.render(), "", "no labels seen yet");
  metrics.counter(P2P_BYTES);
  assert.match(metrics.render(), /\norbit_p2p_bytes_transferred_total 0\n$/);
});

Deno.test("follow asks for a gauge's value each time", () => {
  const metrics = new MetricsRegistry();
  const open = new Set(["a"]);
  metrics.gauge(CONNECTED_AGENTS).follow(() => open.size);
  assert.match(metrics.render(), /\nconnected_agents 1\n/);
  open.add("b");
  assert.match(metrics.render(), /\nconnected_agents 2\n/);
  metrics.gauge({ name: "odd", help: "h" }).set(-Infinity);
  assert.match(metrics.render(), /\nodd -Inf\n/);
});

Deno.test("labels are escaped, cut and bounded in number", () => {
  const metrics = new MetricsRegistry();
  const definition = { name: "hits", help: "h", labels: ["who", "what"] } as const;
  const hits = metrics.counter(definition);
  hits.increment({ who: 'a"b\\c\nd', what: "\ud800" });
  assert.match(metrics.render(), /\nhits\{who="a\\"b\\\\c\\nd",what="\ufffd"\} 1\n/);
  hits.increment({ who: "x".repeat(5000), what: "" });
  assert(metrics.render().length < 500);
  for (let i = 0; i < 5000; i++) hits.increment({ who: `w${i}`, what: "y" });
  const lines = metrics.render().trimEnd().split("\n");
  assert.equal(lines.length, 2 + 1001);
  assert.equal(lines.at(-1), `hits{who="other",what="other"} ${5000 - 998}`);
  hits.increment({ who: "w0", what: "y" });
  assert(metrics.render().includes('\nhits{who="w0",what="y"} 2\n'), "known ones go on");
});

Deno.test("histograms keep their labels beside the bound", () => {
  const metrics = new MetricsRegistry();
  const definition = { name: "took", help: "h", labels: ["op"], buckets: [1] } as const;
  metrics.histogram(definition).observe(2, { op: "scan" });
  assert.deepEqual(metrics.render().split("\n").slice(2), [
    'took_bucket{op="scan",le="1"} 0',
    'took_bucket{op="scan",le="+Inf"} 1',
    'took_sum{op="scan"} 2',
    'took_count{op="scan"} 1',
    "",
  ]);
});

Deno.test("what is no count, name or label is refused as a defect", () => {
  const metrics = new MetricsRegistry();
  const counter = metrics.counter({ name: "c", help: "h" });
  for (const amount of [-1, NaN, Infinity]) assert.throws(() => counter.add(amount), isInternal);
  const histogram = metrics.histogram({ name: "h", help: "h", buckets: [1] });
  assert.throws(() => histogram.observe(NaN), isInternal);
  assert.throws(() => metrics.gauge({ name: "c", help: "h" }), isInternal);
  assert.throws(() => metrics.counter({ name: "c", help: "h", labels: ["x"] }), isInternal);
  for (const name of ["", "1a", "a-b", "a b", "ä"]) {
    assert.throws(() => metrics.gauge({ name, help: "h" }), isInternal, name);
  }
  assert.throws(() => metrics.gauge({ name: "g", help: "h", labels: ["le"] }), isInternal);
  assert.throws(() => metrics.histogram({ name: "i", help: "h", buckets: [1, 1] }), isInternal);
  const labelled = metrics.counter({ name: "l", help: "h", labels: ["x"] });
  assert.throws(() => labelled.increment({} as { x: string }), isInternal);
  assert.match(metrics.render(), /\nc 0\n/);
});

Deno.test("the catalogue's names are distinct and can all be registered", () => {
  const metrics = new MetricsRegistry();
  const definitions = Object.values(doors).filter((value): value is
    | MetricDefinition
    | HistogramDefinition => typeof value === "object" && "help" in value
  );
  for (const definition of definitions) {
    if ("buckets" in definition) metrics.histogram(definition);
    else metrics.counter(definition);
  }
  assert.equal(new Set(definitions.map(({ name }) => name)).size, 14);
  assert.equal(definitions.length, 14);
});
