import assert from "node:assert/strict";
import { encodeName } from "#core/names.ts";
import { ScanBatch } from "#core/system/scan_batch.ts";
import { ScanBatchBuilder } from "#core/system/scan_batch_builder.ts";
import { hostileNames } from "../output/fixtures.ts";
import { FakeSink } from "#core/program/fake_host.ts";
import { ByteOutput } from "#core/program/output/byte_output.ts";
import { formatMode, jsonFormat, jsonHead, SCAN_SCHEMA, textFormat } from "./output.ts";
import { RowWriter } from "./row_writer.ts";

const facts = {
  ...{ mode: 0o100644, uid: 1, gid: 2, nlink: 1, size: 5 * 2 ** 32 + 7, mtime: 1_700_000_000 },
  ...{ mtimeNs: 5, ino: 1, devMajor: 0, devMinor: 1, rdevMajor: 0, rdevMinor: 0, blocks: 8 },
};

function batchOf(entries: [name: string, change?: Partial<typeof facts> & { link?: string }][]) {
  const builder = new ScanBatchBuilder();
  for (const [name, { link, ...change } = {}] of entries) {
    const linkBytes = link === undefined ? undefined : encodeName(link);
    builder.addEntry(encodeName(name), { ...facts, ...change, linkBytes });
  }
  builder.endPart("dir", { last: true, complete: true, exists: true });
  return new ScanBatch(builder.take());
}

function jsonOf(batch: ScanBatch, seq = 0): Record<string, unknown>[] {
  const sink = new FakeSink();
  const output = new ByteOutput(sink);
  const writer = new RowWriter(jsonFormat, output, jsonHead("entry"));
  writer.seq = seq;
  writer.write(batch);
  output.flush();
  assert.equal(writer.seq, seq + sink.lines.length);
  return sink.lines.map((line) => JSON.parse(line));
}

function textOf(batch: ScanBatch): string {
  const sink = new FakeSink();
  const output = new ByteOutput(sink);
  new RowWriter(textFormat, output, null).write(batch);
  output.flush();
  return sink.text;
}

Deno.test("RowWriter gives each entry whole, numbered, and exact in its time", () => {
  const [file, link, old] = jsonOf(
    batchOf([["f"], ["l", { mode: 0o120777, link: "t\udcff" }], ["o", { mtime: -2, mtimeNs: 1 }]]),
    7,
  );
  assert.deepEqual(file, {
    ...{ schema: SCAN_SCHEMA, type: "entry", seq: 7, path: "dir/f", kind: "file", mode: 0o644 },
    ...{ size: 5 * 2 ** 32 + 7, mtime: "1700000000.000000005", uid: 1, gid: 2 },
  });
  assert.deepEqual([link.kind, link.target, link.targetBytes], ["link", "t\udcff", "dP8="]);
  assert.equal(old.mtime, "-1.999999999");
});

Deno.test("scan lines show hostile names safely", () => {
  for (const [name, shown] of hostileNames) {
    const batch = batchOf([[name]]);
    assert.equal(jsonOf(batch)[0].path, `dir/${name}`);
    assert.equal(textOf(batch), `-rw-r--r-- 21474836487 1700000000.000000005 dir/${shown}\n`);
  }
});

Deno.test("formatMode reads like ls -l", () => {
  const cases: [number, string][] = [
    [0o100644, "-rw-r--r--"],
    [0o040755, "drwxr-xr-x"],
    [0o104755, "-rwsr-xr-x"],
    [0o102644, "-rw-r-Sr--"],
    [0o041777, "drwxrwxrwt"],
    [0o020600, "crw-------"],
    [0o120777, "lrwxrwxrwx"],
  ];
  for (const [mode, text] of cases) assert.equal(formatMode(mode), text);
});

Deno.test("RowWriter writes times before 1970, and links, in text too", () => {
  const batch = batchOf([["a", { mtime: -1, mtimeNs: 5, size: 0 }], [
    "l",
    { mode: 0o120777, link: "t\x1b", size: 3, mtime: -1, mtimeNs: 0 },
  ]]);
  assert.equal(
    textOf(batch),
    "-rw-r--r-- 0 -0.999999995 dir/a\nlrwxrwxrwx 3 -1.000000000 dir/l -> t\\x1b\n",
  );
});

Deno.test("RowWriter writes paths of directories that need care, and long ones", () => {
  const builder = new ScanBatchBuilder();
  const directories = ["", 'a"b', "x".repeat(70_000), "plain"];
  for (const directory of directories) {
    builder.addEntry(encodeName("é"), facts);
    builder.addEntry(encodeName("f"), facts);
    builder.endPart(directory, { last: true, complete: true, exists: true });
  }
  const paths = jsonOf(new ScanBatch(builder.take())).map(({ path }) => path);
  const expected = directories.flatMap((directory) =>
    ["é", "f"].map((name) => directory === "" ? name : `${directory}/${name}`)
  );
  assert.deepEqual(paths, expected);
});
