import assert from "node:assert/strict";
import { createMemoryDisk } from "../disk_memory.ts";
import { WorkContext } from "./context.ts";
import { scan } from "./scan.ts";

const FILES = 10_000;

/** `/a` and `/b` with the same files, of which some are then changed in `/b`. */
function twins(changed: readonly number[]): WorkContext {
  const disk = createMemoryDisk({ roots: ["/"], now: () => 1_700_000_000_000 });
  using root = disk.openTree("/");
  for (const side of ["a", "b"]) {
    root.makeDirectory(side, 0o755);
    for (let i = 0; i < FILES; i++) root.createFile(`${side}/${i}`)[Symbol.dispose]();
  }
  for (const i of changed) root.apply(`b/${i}`, { permissions: 0o640 });
  return new WorkContext(disk, undefined);
}

const RULE = { permissions: true, owner: true, group: true };

Deno.test("a large directory that is alike is one part, after steps of bounded work", () => {
  const changed = [7, 5_000, 9_999];
  const request = { base: "/a", recursive: true, unlike: { base: "/b", ...RULE } };
  const batches = [...scan(twins(changed), request)];
  const parts = batches.flatMap(({ parts }) => parts);
  assert.deepEqual(
    parts.map(({ directory, from, to, last, alike }) => ({
      ...{ directory, rows: to - from, last, files: alike?.files },
    })),
    [{ directory: "", rows: changed.length, last: true, files: FILES - changed.length }],
  );
  assert(batches.length > FILES / 5_000, `${batches.length} batches`);
});

Deno.test("a scan can be cancelled in the midst of a directory that is alike", () => {
  const context = twins([]);
  const steps = scan(context, { base: "/a", recursive: true, unlike: { base: "/b", ...RULE } });
  assert.equal(steps.next().done, false);
  Atomics.store(context.cancelled, 0, 1);
  assert.throws(() => [...steps], { code: "unavailable" });
});

Deno.test("a directory that just fills a batch comes in one, without a pause", () => {
  const disk = createMemoryDisk({ roots: ["/"] });
  using root = disk.openTree("/");
  for (let i = 0; i < 4096; i++) root.makeLink(`${i}`, "x");
  const batches = [...scan(new WorkContext(disk, undefined), { base: "/", recursive: true })];
  assert.deepEqual(batches.map(({ parts }) => parts.map(({ to }) => to)), [[4096]]);
});
