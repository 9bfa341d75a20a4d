import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { Records, type WorkRecord } from "./records.ts";

const recordOf = (job: string, change: Partial<WorkRecord> = {}): WorkRecord => ({
  ...{ job, step: "transfer", paths: ["a"], checkpoints: new Map(), results: [], atMs: 0 },
  heard: { told: false },
  ...change,
});
const jobsOf = (records: Records) => Array.from(records, ({ job }) => job);

Deno.test("Records keeps so many: of those that were told a few, and the newest of all", () => {
  const records = new Records();
  for (let i = 0; i < 40; i++) records.add(recordOf(`told ${i}`, { heard: { told: true } }));
  deepEqual(jobsOf(records), Array.from({ length: 32 }, (_, i) => `told ${i + 8}`));
  for (let i = 0; i < 70; i++) records.add(recordOf(`${i}`));
  deepEqual(jobsOf(records), Array.from({ length: 64 }, (_, i) => `${i + 6}`));
});

Deno.test("Records keeps so much, and nothing for ever", () => {
  const records = new Records();
  const paths = ["x".repeat(10 << 20)];
  for (let i = 0; i < 5; i++) records.add(recordOf(`${i}`, { paths }));
  deepEqual(jobsOf(records), ["2", "3", "4"]);
  records.add(recordOf("later", { atMs: 25 * 3_600_000 }));
  deepEqual(jobsOf(records), ["later"]);
  equal(records.of("4").length, 0);
});
