/** Stars that lie in what they list. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { Column, FileType, ScanBatchBuilder, type ScanRequest } from "#core/system/mod.ts";
import { RowsEncoding } from "#proto/gen/orbit/v1/files_pb.ts";
import { toScanResponse } from "./codec/scan.ts";
import { refusedAsLie, systemOf, telling } from "./test_star.ts";

type Response = ReturnType<typeof toScanResponse>;
type Row = {
  name: string;
  mode?: number;
  link?: string;
  words?: [column: number, value: number][];
};
type Part = { directory?: string; rows?: (Row | string)[]; last?: boolean; complete?: boolean };

const DIRECTORY = FileType.directory | 0o755;
const LINK = FileType.link | 0o777;
const utf8 = (text: string) => new TextEncoder().encode(text);
const sub: Row = { name: "sub", mode: DIRECTORY };

/** A batch of these parts, whatever they hold. */
function batch(...parts: (Part & { exists?: boolean })[]): Response {
  const builder = new ScanBatchBuilder();
  for (const { directory = "", rows = [], last = true, complete = true, exists = true } of parts) {
    for (const one of rows) {
      const { name, mode = FileType.file | 0o644, link, words = [] } = typeof one === "string"
        ? { name: one } as Row
        : one;
      const base = builder.addRow(utf8(name));
      builder.rows[base + Column.mode] = mode;
      if (link !== undefined) builder.setLink(base, utf8(link));
      for (const [column, value] of words) builder.rows[base + column] = value;
    }
    builder.endPart(directory, { last, complete, exists });
  }
  return toScanResponse(builder.take());
}

/** A batch of one file, changed. */
function changed(change: (response: Response) => void): Response {
  const response = batch({ rows: ["a", "b"] });
  change(response);
  return response;
}

/** A batch of two files in two parts, the second one of these rows. */
function secondPart(from: number, to: number): Response {
  const response = batch({ rows: ["a", "b"] }, {});
  const [, second] = response.parts!;
  second.from = from;
  second.to = to;
  return response;
}

const word = (column: number, value: number) =>
  batch({ rows: [{ name: "a", words: [[column, value]] }] });
const names = (...rows: (Row | string)[]) => batch({ rows });

type Lie = readonly [
  what: string,
  field: string,
  answers: Response[],
  request?: Partial<ScanRequest>,
];

const flat = { recursive: false };
const chosen = { recursive: false, directories: ["d"], names: [["b", "d"]] };
const BOMB = deflateRawSync(new Uint8Array(64 * 1024 * 1024));

const LIES: Lie[] = [
  ["an empty name", "rows[0]", [names("")]],
  [`"." as a name`, "rows[0]", [names(".")]],
  [`".." as a name`, "rows[0]", [names("..")]],
  ["a name that climbs", "rows[0]", [names("../x")]],
  ["an absolute name", "rows[0]", [names("/etc")]],
  ["a name with a NUL", "rows[0]", [names("a\0b")]],
  ["a name of 2 KiB", "rows[0]", [names("x".repeat(2048))]],
  ["a name outside the heap", "rows[0]", [word(Column.nameAt, 1)]],
  ["a name far outside the heap", "rows[0]", [word(Column.nameAt, 0xffffffff)]],
  ["a link outside the heap", "rows[0]", [word(Column.linkAt, 0xffffffff)]],
  ["a link target of a file", "rows[0]", [names({ name: "a", link: "b" })]],
  ["a NUL in a link target", "rows[0]", [names({ name: "a", mode: LINK, link: "a\0" })]],
  ["a link target of 5,000 bytes", "rows[0]", [
    names({ name: "a", mode: LINK, link: "x".repeat(5000) }),
  ]],
  ["attributes that aren't there", "rows[0]", [word(Column.attributes, 1)]],
  ["a size of 2^53", "rows[0]", [word(Column.sizeHi, 0x200000)]],
  ["a negative size", "rows[0]", [word(Column.sizeHi, 0xffffffff)]],
  ["a time out of bounds", "rows[0]", [word(Column.mtimeHi, 0x7fffffff)]],
  ["too many nanoseconds", "rows[0]", [word(Column.mtimeNs, 1_000_000_000)]],
  ["a mode of no type", "rows[0]", [word(Column.mode, 0o644)]],
  ["names that aren't sorted", "rows", [names("b", "a")]],
  ["a name twice", "rows", [names("a", "a")]],
  ["names that aren't sorted across batches", "rows", [
    batch({ rows: ["b"], last: false }),
    batch({ rows: ["a"] }),
  ]],

  ["parts with a gap", "parts[0]", [changed(({ parts }) => parts![0].from = 1)]],
  ["a part that ends before it starts", "parts[1]", [
    secondPart(2, 1),
  ]],
  ["overlapping parts", "parts[1]", [
    secondPart(1, 2),
  ]],
  ["rows beyond the count", "parts", [changed(({ parts }) => parts![0].to = 3)]],
  ["rows of no part", "parts", [changed(({ parts }) => parts!.pop())]],
  ["no rows at all", "rows", [changed((response) => response.rows = undefined)]],
  ["a directory nobody asked for", "parts", [batch({ directory: "x" })]],
  ["a directory outside", "parts", [batch({ directory: "../x" })]],
  ["a directory that wasn't listed", "parts", [
    batch({ rows: ["file"] }, { directory: "file" }),
  ]],
  ["subdirectories of a flat scan", "parts", [batch({ rows: [sub] }, { directory: "sub" })], flat],
  ["directories in another order", "parts", [
    batch({ rows: [{ ...sub, name: "a" }, sub] }, { directory: "sub" }, { directory: "a" }),
  ]],
  ["a directory left out", "parts", [batch({ rows: [sub] })]],
  ["nothing", "parts", []],
  ["an end in the middle", "parts", [batch({ rows: ["a"], last: false })]],
  ["another directory in the middle", "parts", [
    batch({ rows: [sub], last: false }, { directory: "sub" }),
  ]],
  ["a batch after the end", "parts", [batch({}), batch({})]],
  ["an asked directory left out", "parts", [batch({ directory: "b" })], {
    directories: ["a", "b"],
  }],
  ["rows of an absent directory", "parts.exists", [
    batch({ directory: "d", rows: ["b"], exists: false }),
  ], chosen],
  ["a listed directory as absent", "parts.exists", [
    batch({ rows: [sub] }, { directory: "sub", exists: false }),
  ]],
  ["names nobody asked for", "rows", [
    batch({ directory: "d", rows: ["b", "c"], complete: false }),
  ], chosen],
  ["chosen names as the whole", "parts.complete", [
    batch({ directory: "d", rows: ["b"], complete: true }),
  ], chosen],
  ["trouble of an unknown code", "troubles.problem.code", [
    changed((response) => response.troubles = [{ problem: { code: "x", message: "" } }]),
  ]],
  ["trouble without a problem", "troubles.problem", [
    changed((response) => response.troubles = [{}]),
  ]],

  ["a million rows", "rows.count", [changed(({ rows }) => rows!.count = 1_000_000)]],
  ["rows that aren't there", "rows.words", [changed(({ rows }) => rows!.count = 3)]],
  ["words that there aren't", "rows.varying", [changed(({ rows }) => rows!.varying = 1 << 22)]],
  ["an unknown encoding", "rows.words_encoding", [
    changed(({ rows }) => rows!.wordsEncoding = 9 as RowsEncoding),
  ]],
  ["a heap of 4 GiB", "rows.heap_length", [
    changed(({ rows }) => rows!.heapLength = 0xffffffff),
  ]],
  ["a heap of another length", "rows.heap", [changed(({ rows }) => rows!.heapLength = 1)]],
  ["a heap that unpacks to 64 MiB", "rows.heap", [
    changed(({ rows }) => {
      rows!.heap = BOMB;
      rows!.heapEncoding = RowsEncoding.DEFLATE;
    }),
  ]],
  ["words that unpack to 64 MiB", "rows.words", [
    changed(({ rows }) => {
      rows!.words = BOMB;
      rows!.wordsEncoding = RowsEncoding.DEFLATE;
    }),
  ]],
  ["what doesn't unpack", "rows.heap", [
    changed(({ rows }) => {
      rows!.heap = new Uint8Array([255, 255, 255]);
      rows!.heapEncoding = RowsEncoding.DEFLATE;
    }),
  ]],
  ["attributes that aren't sorted", "rows.attributes", [
    changed(({ rows }) => {
      const attributes = ["b", "a"].map((name) => ({ name: utf8(name), value: utf8("") }));
      rows!.attributes = [{ attributes }];
    }),
  ]],
  ["an attribute without a name", "rows.attributes", [
    changed(({ rows }) => {
      rows!.attributes = [{ attributes: [{ name: utf8(""), value: utf8("") }] }];
    }),
  ]],
];

async function scan(answers: Response[], request: Partial<ScanRequest> = {}): Promise<string[]> {
  const system = systemOf({ scanTree: telling(answers).handler });
  const found: string[] = [];
  const whole = { base: "/base", recursive: true, ...request };
  for await (const { data } of system.scanTree(whole)) {
    found.push(...data.parts.map((part) => part.directory));
  }
  return found;
}

for (const [what, field, answers, request] of LIES) {
  Deno.test(`a remote scan refuses ${what}`, async () => {
    await refusedAsLie(scan(answers, request), field);
  });
}

Deno.test("a remote scan believes what can be", async () => {
  const answers = [
    batch({ rows: ["a", sub, { name: "t", mode: LINK, link: "../.." }], last: false }),
    {},
    batch({ rows: ["z"] }, { directory: "sub", rows: ["...", ".hidden"] }),
  ];
  deepEqual(await scan(answers), ["", "", "sub"]);
  const some = [batch({ directory: "d", rows: ["b"], complete: false })];
  deepEqual(await scan(some, chosen), ["d"]);
  const absent = [batch({ directory: "d", exists: false })];
  deepEqual(await scan(absent, chosen), ["d"]);
  const mounted = [batch({ rows: [sub] })];
  deepEqual(await scan(mounted, { oneFileSystem: true }), [""]);
  deepEqual(await scan([], { directories: [] }), []);
});

Deno.test("a remote scan gives its call up at the first lie", async () => {
  const { handler, told } = telling([batch({ directory: "x" })], true);
  const system = systemOf({ scanTree: handler });
  await refusedAsLie(system.scanDirectory("/base"), "parts");
  await told.ended;
});

Deno.test("a remote scan that is left early ends its call", async () => {
  const { handler, told } = telling([batch({ rows: ["a"], last: false })], true);
  for await (const found of systemOf({ scanTree: handler }).scanTree({ base: "/", ...flat })) {
    equal(found.name(0), "a");
    break;
  }
  await told.ended;
});
