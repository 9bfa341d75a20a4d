/** Stars that lie in what they answer, scans apart. */
import type {
  ChunkFileResponse,
  PackCallSchema,
  TransferResponseSchema,
} from "#proto/gen/orbit/v1/files_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Action, OrbitSystem, PackSource } from "#core/system/mod.ts";
import { ScanBatchBuilder } from "#core/system/mod.ts";
import { toRows } from "./codec/rows.ts";
import { HOW, refusedAsLie, type StarHandlers, systemOf, telling } from "./test_star.ts";

const GOOD_HASH = new Uint8Array(32);
const BAD_HASH = new Uint8Array(31);
const HUGE = 2n ** 53n;
const BYTE = new Uint8Array(1);

type Lie = readonly [
  what: string,
  field: string,
  handlers: StarHandlers,
  ask: (system: OrbitSystem) => Promise<unknown>,
];

const problem = { code: "denied", message: "no" };
const answer = <T>(value: T) => () => Promise.resolve(value);
const drain = async (stream: AsyncIterable<unknown>) => {
  for await (const _ of stream);
};
const copy: Action = {
  ...{ kind: "copy", path: "a", sourcePath: "a", source: 0, size: 1, metadata: {} },
};
const remove: Action = { kind: "delete", path: "a", directory: false };

const features = (system: OrbitSystem) => system.features();
const header = (system: OrbitSystem) => system.readHeader("/a", 4);
const headers = (system: OrbitSystem) => system.readHeaders("/", ["a", "b"], 4);
const hash = (system: OrbitSystem) => system.calculateHash("/a", 0, 1);
const hashes = (system: OrbitSystem) => system.hashFiles("/", ["a", "b"]);
const inspect = (system: OrbitSystem) => system.inspect("/a");
const read = (system: OrbitSystem) => drain(system.openStream("/a", { length: 10 }));
const chunk = (system: OrbitSystem) =>
  drain(system.chunkFile("/a", { min: 64, avg: 256, max: 1024 }));
const perform = (system: OrbitSystem) => system.perform("/", [remove, remove], HOW);
const pack = (system: OrbitSystem) =>
  drain(system.pack({ sources: ["/"], items: [{ source: 0, path: "a" }], followLinks: false }));
const source: PackSource = { name: "here", async *pack() {} };
const receive = (system: OrbitSystem) =>
  system.receive(
    { sources: ["/"], base: "/", actions: [copy, remove], options: HOW },
    source,
  );
const transfer = (system: OrbitSystem) =>
  system.transferTo(system, { sources: ["/"], base: "/", actions: [copy, remove], options: HOW });

type FileHash = { hash?: Uint8Array; size?: bigint; problem?: typeof problem };
const hashed = (...hashes: FileHash[]) => ({
  hashFiles: telling([{ hashes }]).handler,
});
const pieces = (...lengths: number[]) => ({
  readFile: telling(lengths.map((length) => ({ data: new Uint8Array(length) }))).handler,
});
type Chunks = Partial<Pick<ChunkFileResponse, "offset" | "lengths" | "hashes">>;
const chunks = (...lists: Chunks[]) => ({
  chunkFile: telling(lists.map((list) => ({
    hashes: new Uint8Array(32 * (list.lengths?.length ?? 0)),
    ...list,
  }))).handler,
});
const inspected = (change: (rows: ReturnType<typeof toRows>) => void, name = "") => {
  const builder = new ScanBatchBuilder();
  const base = builder.addRow(new TextEncoder().encode(name));
  builder.rows[base] = 0o100644;
  const rows = toRows(builder.take());
  change(rows);
  return { inspect: answer({ rows }) };
};
type News = MessageInitShape<typeof TransferResponseSchema>;
const news = (...told: News[]) => ({ transfer: telling(told).handler });
const results = (count: number): News => ({
  news: { case: "results", value: { results: Array(count).fill({}) } },
});
const checkpoint = (index: number, segments: number[], hashes: number): News => {
  const staged = BYTE;
  const checkpoint = { sourceVersion: "1", staged, segments, hashes: new Uint8Array(hashes) };
  return { news: { case: "checkpoint", value: { index, checkpoint } } };
};

type Call = MessageInitShape<typeof PackCallSchema>;
const bytes = (text: string) => new TextEncoder().encode(text);
const packCall = (value: Call): News => ({ news: { case: "packCall", value } });
const calling = (value: { id?: number; credit?: number }, sources = ["/"], path = "a"): News => {
  const items = [{ path: bytes(path) }];
  return packCall({ id: 1, request: { sources: sources.map(bytes), items }, ...value });
};

const LIES: Lie[] = [
  ["a hash of 31 bytes", "hash", { calculateHash: answer({ hash: BAD_HASH }) }, hash],
  ["no hash", "hash", { calculateHash: answer({}) }, hash],
  ["a file's hash of 31 bytes", "hash.hash", hashed({ hash: BAD_HASH }), hashes],
  ["neither hash nor problem", "hash.hash", hashed({}), hashes],
  ["hash and problem", "hash.problem", hashed({ hash: GOOD_HASH, problem }), hashes],
  ["a size of 2^53", "hash.size", hashed({ hash: GOOD_HASH, size: HUGE }), hashes],
  [
    "an unknown problem",
    "hash.problem.code",
    hashed({ problem: { code: "great", message: "" } }),
    hashes,
  ],
  ["too few hashes", "hashes", hashed({ hash: GOOD_HASH }), hashes],
  ["too many hashes", "hashes", hashed(...Array(3).fill({ hash: GOOD_HASH })), hashes],
  [
    "endless hashes",
    "hashes",
    { hashFiles: telling([{ hashes: [{ hash: GOOD_HASH }] }], true).handler },
    hashes,
  ],
  ["endless signs of life", "answer", { hashFiles: telling([{}], true).handler }, hashes],
  ["huge progress", "bytes", { hashFiles: telling([{ bytes: HUGE }]).handler }, hashes],

  ["a long header", "header", { readHeader: answer({ data: new Uint8Array(5) }) }, header],
  ["one header of two", "headers", { readHeaders: answer({ headers: [BYTE] }) }, headers],
  [
    "a long one of many headers",
    "header",
    { readHeaders: answer({ headers: [BYTE, new Uint8Array(5)] }) },
    headers,
  ],
  ["no step of time", "time_step_ns", { getFeatures: answer({}) }, features],
  [
    "a million groups",
    "groups",
    { getFeatures: answer({ timeStepNs: 1, groups: Array(1_000_000).fill(1) }) },
    features,
  ],

  ["two entries at one path", "rows.count", inspected((rows) => rows.count = 2), inspect],
  ["a name at a path", "rows[0]", inspected(() => {}, "name"), inspect],
  ["a row cut short", "rows.words", inspected((rows) => rows.words = BYTE), inspect],
  [
    "room of what isn't there",
    "space",
    { inspect: answer({ space: { totalBytes: 1n } }) },
    inspect,
  ],

  ["less content than asked for", "data", pieces(9), read],
  ["more content than asked for", "data", pieces(9, 2), read],
  ["an empty piece", "data", pieces(0), read],
  ["a piece above 1 MiB", "data", pieces(1024 * 1024 + 1), read],
  ["endless content", "data", { readFile: telling([{ data: BYTE }], true).handler }, read],

  ["chunks with a gap before", "offset", chunks({ offset: 1n, lengths: [64] }), chunk],
  [
    "chunks with a gap between",
    "offset",
    chunks({ lengths: [64] }, { offset: 65n, lengths: [64] }),
    chunk,
  ],
  ["chunks before their file", "offset", chunks({ offset: 2n ** 64n - 1n, lengths: [64] }), chunk],
  ["an empty chunk", "lengths", chunks({ lengths: [0] }), chunk],
  ["a chunk above the maximum", "lengths", chunks({ lengths: [1025] }), chunk],
  ["a chunk after a short one", "lengths", chunks({ lengths: [63, 64] }), chunk],
  ["a short chunk hash", "hashes", chunks({ lengths: [64], hashes: BAD_HASH }), chunk],
  [
    "endless signs of life of chunks",
    "answer",
    { chunkFile: telling([{}], true).handler },
    chunk,
  ],

  ["too few results", "results", { perform: answer({ results: [{}] }) }, perform],
  ["too many results", "results", { perform: answer({ results: [{}, {}, {}] }) }, perform],
  [
    "a result of 2^53 bytes",
    "result.bytes",
    { perform: answer({ results: [{ bytes: HUGE }, {}] }) },
    perform,
  ],
  [
    "a parcel above 1 MiB",
    "parcel",
    { pack: telling([{ parcel: new Uint8Array(1024 * 1024 + 1) }]).handler },
    pack,
  ],
  ["endless signs of life of packing", "answer", { pack: telling([{}], true).handler }, pack],
  ["a call for content of its own", "news", news(calling({})), transfer],
  ["a call for nothing", "request", news(packCall({ id: 1 })), receive],
  ["a call out of its turn", "pack_call.id", news(calling({ id: 2 })), receive],
  ["the same call twice", "pack_call.id", news(calling({}), calling({})), receive],
  [
    "many calls at once",
    "pack_call",
    news(...Array.from({ length: 100 }, (_, i) => calling({ id: i + 1 }))),
    receive,
  ],
  ["a call for other sources", "pack_call.sources", news(calling({}, ["/etc"])), receive],
  ["a call for more sources", "sources", news(calling({}, ["/", "/etc"])), receive],
  ["a call for another file", "pack_call.items", news(calling({}, ["/"], "passwd")), receive],
  [
    "a call for what links point to",
    "pack_call.follow_links",
    news(packCall({ id: 1, request: { sources: [bytes("/")], followLinks: true } })),
    receive,
  ],
  ["credit beyond all need", "credit", news(calling({ credit: 65 })), receive],
  [
    "credit for no call",
    "pack.id",
    news({ news: { case: "packCredit", value: { id: 1, parcels: 1 } } }),
    receive,
  ],
  [
    "cancelling no call",
    "pack.id",
    news({ news: { case: "packCancel", value: { id: 1 } } }),
    receive,
  ],

  ["news of no kind", "news", news({}), transfer],
  ["no results of a transfer", "news", news(), transfer],
  ["too few results of a transfer", "results", news(results(1)), transfer],
  ["news after the results", "news", news(results(2), results(2)), transfer],
  ["a checkpoint of no copy", "checkpoint.index", news(checkpoint(1, [0], 32)), transfer],
  ["a checkpoint of no action", "checkpoint.index", news(checkpoint(9, [0], 32)), transfer],
  ["a checkpoint hash cut short", "checkpoint.hashes", news(checkpoint(0, [0], 31)), transfer],
  [
    "pace of what isn't paced",
    "progress.asked",
    news({ news: { case: "progress", value: { asked: 1n } } }),
    transfer,
  ],
  [
    "progress of 2^53 bytes",
    "progress.written",
    news({ news: { case: "progress", value: { written: HUGE } } }),
    transfer,
  ],
];

for (const [what, field, handlers, ask] of LIES) {
  Deno.test(`a remote system refuses ${what}`, async () => {
    await refusedAsLie(ask(systemOf(handlers)), field);
  });
}

Deno.test("a remote system gives a call up when its Star lies", async () => {
  const { handler, told } = telling([{ data: new Uint8Array(0) }], true);
  await refusedAsLie(read(systemOf({ readFile: handler })), "data");
  await told.ended;
});
