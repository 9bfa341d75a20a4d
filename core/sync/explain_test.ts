import assert from "node:assert/strict";
import type { Explanation } from "./events.ts";
import { explainPath } from "./explain.ts";
import type { SyncOptions } from "./options.ts";
import { openTestBed, prepareOn, requestFor, type TestBed, writeFile } from "./test_bed.ts";

async function explained(
  bed: TestBed,
  path: string,
  options: Partial<SyncOptions> = {},
  contents = true,
): Promise<Explanation> {
  bed.events.length = 0;
  const ends = { sources: [{ path: "/source", contents }] };
  const { sync } = prepareOn(bed, requestFor({ dryRun: true, ...options }, ends));
  const report = await explainPath(sync, bed.services, path);
  assert.equal(report.outcome, "complete");
  assert.deepEqual(bed.events.filter(({ type }) => type === "plan"), []);
  return bed.events.flatMap((event) => event.type === "explain" ? [event.explanation] : [])[0];
}

async function bedWithTwoSides(): Promise<TestBed> {
  const bed = await openTestBed();
  bed.source.makeDirectory("d", 0o755);
  bed.destination.makeDirectory("d", 0o755);
  for (const name of ["new", "same", "d/changed"]) writeFile(bed.source, name, "content");
  writeFile(bed.destination, "same", "content");
  writeFile(bed.destination, "d/changed", "other", 1_500_000_000);
  writeFile(bed.destination, "extra", "extra");
  return bed;
}

Deno.test("explainPath says what would be done, and why", async () => {
  await using bed = await bedWithTwoSides();
  const made = await explained(bed, "new");
  assert.equal(made.conclusion, "would be copied: new");
  assert.equal(made.action?.itemized, ">f+++++++++");
  assert.equal(made.destination, undefined);
  const changed = await explained(bed, "d/changed");
  assert.equal(changed.conclusion, "would be copied: size differs, time differs");
  assert.equal(changed.source?.size, 7);
  assert.equal(changed.destination?.mtime, 1_500_000_000);
  const deleted = await explained(bed, "extra", { delete: true });
  assert.equal(deleted.conclusion, "would be deleted: not in the source");
});

Deno.test("explainPath ends at its timeout when a side doesn't answer", async () => {
  await using bed = await bedWithTwoSides();
  let waitsMs = 10_000;
  const inspect = async (_: string, { signal }: { signal?: AbortSignal } = {}) => {
    await bed.clock.advance(waitsMs);
    signal!.throwIfAborted();
    await new Promise((_, reject) => {
      signal!.addEventListener("abort", () => reject(signal!.reason), { once: true });
    });
  };
  const source = Object.assign(Object.create(bed.system), { inspect });
  const { sync } = prepareOn(bed, requestFor({ dryRun: true, timeoutMs: 20 }));
  bed.events.length = 0;
  const { outcome } = await explainPath(sync, { ...bed.services, source }, "");
  assert.equal(outcome, "timeout");
  assert.deepEqual(bed.events.map(({ type }) => type), ["start", "progress", "end"]);
  waitsMs = 0;
  const stop = new AbortController();
  const running = explainPath(sync, { ...bed.services, source, signal: stop.signal }, "");
  stop.abort(new DOMException("enough", "AbortError"));
  await assert.rejects(running, { name: "AbortError" });
});

Deno.test("explainPath says why nothing would be done", async () => {
  await using bed = await bedWithTwoSides();
  const cases: [string, Partial<SyncOptions>, RegExp][] = [
    ["same", {}, /^nothing to do: both sides are alike/],
    ["extra", {}, /--delete isn't given/],
    ["nowhere", {}, /^is on neither side/],
    ["new", { existing: true }, /--existing/],
    ["d/changed", { ignoreExisting: true }, /--ignore-existing/],
    ["d/changed", { update: true }, /newer at the destination/],
    ["new", { maxSize: 3 }, /larger than --max-size/],
    ["new", { minSize: 30 }, /smaller than --min-size/],
  ];
  for (const [path, options, expected] of cases) {
    const { conclusion, action } = await explained(bed, path, options);
    assert.match(conclusion, expected);
    assert.equal(action, undefined);
  }
});

Deno.test("explainPath names the rule that decides, also one about a directory above", async () => {
  await using bed = await bedWithTwoSides();
  const filter = [
    { kind: "include" as const, pattern: "*.c" },
    { kind: "exclude" as const, pattern: "/d/" },
    { kind: "exclude" as const, pattern: "extra" },
  ];
  const below = await explained(bed, "d/changed", { filter });
  assert.equal(below.filter.index, 1);
  assert.equal(below.filter.ancestor, "d");
  assert.match(below.conclusion, /left out by the filter/);
  const kept = await explained(bed, "extra", { filter, delete: true });
  assert.match(kept.conclusion, /protects it at the destination/);
});

Deno.test("explainPath takes its path relative to a source without a trailing slash", async () => {
  await using bed = await bedWithTwoSides();
  const { path, conclusion } = await explained(bed, "d/changed", {}, false);
  assert.equal(path, "source/d/changed");
  assert.equal(conclusion, "would be copied: new");
});

Deno.test("explainPath adds why a planned deletion would not happen", async () => {
  await using bed = await bedWithTwoSides();
  const options = { delete: true, maxDelete: { percent: 1 } };
  const { conclusion } = await explained(bed, "extra", options);
  assert.match(conclusion, /^would be deleted: not in the source; but .* nothing is deleted/);
});

Deno.test("explainPath tells what is missing of what was asked for, and ends as a sync does", async () => {
  await using bed = await bedWithTwoSides();
  const { sync } = prepareOn(bed, requestFor({ dryRun: true }));
  const error = { code: "not_found", message: 'find "gone": no such file', detail: {} } as const;
  const missing = [{ path: "gone", error }];
  const report = await explainPath({ ...sync, missing, folder: "in" }, bed.services, "d/changed");
  assert.deepEqual([report.outcome, report.troubles, report.totals.failed], [
    "partial",
    missing,
    1,
  ]);
  const told = bed.events.filter(({ type }) => type === "trouble");
  assert.deepEqual(told, [{ type: "trouble", ...missing[0], willRetry: false }]);
  const [explanation] = bed.events.flatMap((event) =>
    event.type === "explain" ? [event.explanation] : []
  );
  assert.equal(explanation.path, "in/d/changed");
});
