/** Requests and batches of any size, cut into messages. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { createInProcessCaller } from "#core/rpc/mod.ts";
import {
  createMemoryDisk,
  openInlineSystem,
  ScanBatch,
  ScanBatchBuilder,
  type ScanBatchData,
  type ScanRequest,
} from "#core/system/mod.ts";
import { openRemoteSystem } from "./remote_system.ts";
import { scanPieces } from "./scan_pieces.ts";
import { serveSystem } from "./serve.ts";
import { cutBatch } from "./serve_scan.ts";

const scan = { base: "/root", recursive: false };

Deno.test("scanPieces leaves a small request as it is", () => {
  const [piece, ...more] = scanPieces({ ...scan, directories: ["a", "b"], names: [["x"], null] });
  equal(more.length, 0);
  equal(piece.isContinued, false);
  deepEqual(piece.call.choices.map((choice) => choice.path), ["a", "b"]);
});

Deno.test("scanPieces cuts between directories, and within one that is large", () => {
  const names = Array.from({ length: 60_000 }, (_, i) => `a-rather-long-name-${i}`);
  const pieces = [...scanPieces({
    ...scan,
    directories: ["before", "large", "after"],
    names: [["x"], names, null],
  })];
  deepEqual(pieces.map(({ isContinued }) => isContinued), [false, true, false, false]);
  deepEqual(pieces.map(({ call }) => call.choices[0].path), ["before", "large", "large", "after"]);
  const spans = pieces.map(({ call }) => call.choices[0].names?.spans.length ?? 0);
  equal(spans[1] + spans[2], 2 * names.length);
});

Deno.test("scanPieces refuses a recursive scan of too many names", () => {
  const names = [Array.from({ length: 60_000 }, (_, i) => `a-rather-long-name-${i}`)];
  try {
    [...scanPieces({ ...scan, recursive: true, names })];
  } catch (error) {
    ok(error instanceof OrbitError);
    return equal(error.code, "exhausted");
  }
  throw new Error("nothing was thrown");
});

Deno.test("names that take several calls come as the parts of one directory", async () => {
  const disk = createMemoryDisk({ roots: ["/root"] });
  using tree = disk.openTree("/root");
  const names = Array.from({ length: 30_000 }, (_, i) => `${i}-${"long".repeat(12)}`);
  const there = [names[3], names[29_999]].sort();
  for (const name of there) tree.makeDirectory(name, 0o755);
  const local = await openInlineSystem(disk);
  const caller = createInProcessCaller([serveSystem(local)]);
  const remote = openRemoteSystem({ caller, name: "far" });
  const run = async (request: ScanRequest) => {
    const parts: [last: boolean, exists: boolean][] = [];
    const found: string[] = [];
    for await (const batch of remote.scanTree(request)) {
      for (const { last, exists } of batch.data.parts) parts.push([last, exists]);
      for (let row = 0; row < batch.data.rows.length / 22; row++) found.push(batch.name(row));
    }
    return { parts, found };
  };
  const { parts, found } = await run({ ...scan, names: [names] });
  deepEqual(found, there);
  ok(parts.length > 1);
  deepEqual(parts, parts.map((_, i) => [i === parts.length - 1, true]));
  const absent = await run({ ...scan, directories: ["missing"], names: [names] });
  deepEqual(absent, { parts: [[true, false]], found: [] });
});

/** Paths, troubles and flags of a batch, as one list. */
function contents(batches: ScanBatchData[]): string[] {
  return batches.flatMap((data) => [
    ...data.troubles.map(({ path }) => `trouble ${path}`),
    ...data.parts.flatMap(({ directory, from, to }) =>
      Array.from({ length: to - from }, (_, i) => {
        const { path, size, link, attributes } = new ScanBatch(data).entry(from + i, directory);
        return `${path} ${size} ${link} ${attributes?.length}`;
      })
    ),
  ]);
}

Deno.test("cutBatch keeps everything, in pieces that fit", () => {
  const builder = new ScanBatchBuilder();
  const value = new Uint8Array(50_000);
  for (let i = 0; i < 100; i++) {
    const name = new TextEncoder().encode(`entry-${String(i).padStart(3, "0")}`);
    const facts = { mode: i % 2 ? 0o120777 : 0o100644, size: i, uid: 0, gid: 0, nlink: 1 };
    builder.addEntry(name, {
      ...{ ...facts, mtime: 0, mtimeNs: 0, ino: i, devMajor: 0, devMinor: 0, rdevMajor: 0 },
      ...{ rdevMinor: 0, blocks: 0, attributes: i % 3 ? [] : [["user.large", value]] },
      linkBytes: i % 2 ? new TextEncoder().encode(`target-${i}`) : undefined,
    });
    if (i === 40) builder.endPart("a", { last: true, complete: true, exists: true });
  }
  builder.endPart("b", { last: true, complete: true, exists: true });
  for (let i = 0; i < 10_000; i++) {
    builder.addTrouble(`${i}`, { code: "denied", message: "x".repeat(100), detail: {} });
  }
  const whole = builder.take();
  const pieces = [...cutBatch(whole)];
  ok(pieces.length > 3);
  deepEqual(contents(pieces), contents([whole]));
  const last = pieces.flatMap(({ parts }) => parts.map((part) => [part.directory, part.last]));
  deepEqual(last.filter(([, last]) => last), [["a", true], ["b", true]]);
  for (const { attributes } of pieces) ok(attributes.length <= 22);
});

Deno.test("cutBatch tells of attributes that no message holds", () => {
  const builder = new ScanBatchBuilder();
  const base = builder.addRow(new TextEncoder().encode("file"));
  const value = new Uint8Array(64 * 1024);
  builder.setAttributes(base, Array.from({ length: 20 }, (_, i) => [`user.${i}`, value]));
  builder.endPart("dir", { last: true, complete: true, exists: true });
  const [piece, ...more] = cutBatch(builder.take());
  equal(more.length, 0);
  equal(piece.attributes.length, 0);
  deepEqual(piece.troubles.map(({ path, error }) => [path, error.code]), [
    ["dir/file", "exhausted"],
  ]);
});
