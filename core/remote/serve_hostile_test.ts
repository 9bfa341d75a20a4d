/** Requests that can't be meant well. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { ErrorCode } from "#core/errors.ts";
import type { Caller } from "#core/rpc/mod.ts";
import {
  type AttributeSelection,
  FilterKind,
  type TransferRequestSchema,
} from "#proto/gen/orbit/v1/files_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  action,
  base,
  copyOf,
  how,
  HUGE,
  LONG,
  method,
  openStar,
  path,
  refused,
  scan,
  stream,
  transfer,
  utf8,
} from "./test_serve.ts";

type Hostile = readonly [what: string, code: ErrorCode, ask: (caller: Caller) => Promise<unknown>];

const pack = (caller: Caller, value: object) =>
  Array.fromAsync(caller.serverStream(method.pack, { sources: [base], ...value }));

/** A copy of "a" to "b", from elsewhere. */
const elsewhere = { sources: [base], base, actions: [copyOf(0)], options: how };
const link = (caller: Caller, value: object) => {
  const start = transfer({ ...elsewhere, source: { case: "link", value } });
  return Array.fromAsync(caller.bidi(method.transfer, stream(start)));
};
const relayed = transfer({ ...elsewhere, source: { case: "relay", value: {} } });

/** Answers the first call for content with all of these at once, then falls silent. */
function relay(caller: Caller, ...parts: NonNullable<RelayPart>[]) {
  const called = Promise.withResolvers<void>();
  async function* requests() {
    yield relayed;
    await called.promise;
    for (const part of parts) yield { part };
    await new Promise(() => {});
  }
  return Array.fromAsync(caller.bidi(method.transfer, requests()), ({ news }) => {
    if (news.case === "packCall") called.resolve();
  });
}
type RelayPart = MessageInitShape<typeof TransferRequestSchema>["part"];

const HOSTILE: Hostile[] = [
  [
    "a header above 64 KiB",
    "exhausted",
    (caller) => caller.unary(method.readHeader, { path: "/root/a", length: 65_537 }),
  ],
  [
    "headers above 2 MiB",
    "exhausted",
    (caller) =>
      caller.unary(method.readHeaders, { base, paths: Array(33).fill(utf8("a")), length: 65_536 }),
  ],
  [
    "a million paths",
    "invalid",
    (caller) => caller.unary(method.readHeaders, { base, paths: Array(1_000_000).fill(utf8("a")) }),
  ],
  ["a path above 64 KiB", "invalid", (caller) => caller.unary(method.inspect, { path: LONG })],
  [
    "a textual path above 64 KiB",
    "invalid",
    (caller) => caller.unary(method.readHeader, { path: "/".repeat(65_537) }),
  ],
  ["a relative path", "invalid", (caller) => caller.unary(method.inspect, { path: utf8("a") })],
  [
    "a path outside the roots",
    "denied",
    (caller) => caller.unary(method.inspect, { path: utf8("/etc/passwd") }),
  ],
  [
    "an unknown selection",
    "invalid",
    (caller) => caller.unary(method.inspect, { path, attributes: 99 as AttributeSelection }),
  ],
  [
    "a hash past the end of the file",
    "invalid",
    (caller) => caller.unary(method.calculateHash, { pathBytes: path, offset: 3n, length: 3n }),
  ],
  [
    "a hash from beyond the end",
    "invalid",
    (caller) => caller.unary(method.calculateHash, { pathBytes: path, offset: 6n }),
  ],
  [
    "an offset of 2^53",
    "invalid",
    (caller) => caller.unary(method.calculateHash, { pathBytes: path, offset: HUGE }),
  ],
  [
    "a length of 2^53",
    "invalid",
    (caller) => Array.fromAsync(caller.serverStream(method.readFile, { path, length: HUGE })),
  ],
  [
    "chunk parameters out of bounds",
    "invalid",
    (caller) =>
      Array.fromAsync(caller.serverStream(method.chunkFile, { path, parameters: { min: 1 } })),
  ],
  ["too many files to hash", "invalid", (caller) =>
    Array.fromAsync(
      caller.serverStream(method.hashFiles, { base, paths: Array(20_000).fill(utf8("a")) }),
    )],
  [
    "too many directories",
    "invalid",
    (caller) => scan(caller, { directories: Array(70_000).fill({}) }),
  ],
  ["an unknown filter", "invalid", (caller) => scan(caller, { filter: [{ pattern: utf8("a") }] })],
  [
    "a filter that matches nothing",
    "invalid",
    (caller) => scan(caller, { filter: [{ kind: FilterKind.EXCLUDE }] }),
  ],
  [
    "names that aren't their heap",
    "invalid",
    (caller) => scan(caller, { directories: [{ names: { heap: utf8("abc"), lengths: [4] } }] }),
  ],
  [
    "names to look up that aren't sorted",
    "invalid",
    (caller) => scan(caller, { directories: [{ lookUp: { heap: utf8("ba"), lengths: [1, 1] } }] }),
  ],

  [
    "no options",
    "invalid",
    (caller) => caller.unary(method.perform, { base, actions: [action()] }),
  ],
  [
    "a tag that climbs",
    "invalid",
    (caller) => caller.unary(method.perform, { base, options: { tag: "../../xx" } }),
  ],
  [
    "too many actions",
    "invalid",
    (caller) =>
      caller.unary(method.perform, { base, actions: Array(5000).fill(action()), options: how }),
  ],
  [
    "an action of no kind",
    "invalid",
    (caller) => caller.unary(method.perform, { base, actions: [{}], options: how }),
  ],
  [
    "a copy without content",
    "invalid",
    (caller) => caller.unary(method.perform, { base, actions: [copyOf(0)], options: how }),
  ],
  ["permissions beyond all bits", "invalid", (caller) => {
    const value = { path: utf8("a"), metadata: { permissions: 0o100644 } };
    const actions = [{ action: { case: "attributes", value } } as const];
    return caller.unary(method.perform, { base, actions, options: how });
  }],
  [
    "packing too many files",
    "invalid",
    (caller) => pack(caller, { items: Array(1025).fill({ path: utf8("a") }) }),
  ],
  [
    "packing from a source that isn't named",
    "invalid",
    (caller) => pack(caller, { items: [{ source: 1, path: utf8("a") }] }),
  ],
  [
    "packing a range beyond 2^53",
    "invalid",
    (caller) => pack(caller, { items: [{ path: utf8("a"), offset: HUGE - 1n, length: 1n }] }),
  ],
  [
    "packing a path above 64 KiB",
    "invalid",
    (caller) => pack(caller, { items: [{ path: LONG }] }),
  ],
  [
    "a link to nowhere",
    "invalid",
    (caller) => link(caller, { address: "nowhere", serverName: "a", grant: "g" }),
  ],
  [
    "a link without a grant",
    "invalid",
    (caller) => link(caller, { address: "127.0.0.1:1", serverName: "a" }),
  ],
  [
    "a link with a grant of 1 MB",
    "invalid",
    (caller) => link(caller, { address: "a:1", serverName: "a", grant: "g".repeat(1_000_000) }),
  ],
  [
    "a link where none can be opened",
    "unsupported",
    (caller) => link(caller, { address: "127.0.0.1:1", serverName: "a", grant: "g" }),
  ],
  [
    "a relay that ends at once",
    "invalid",
    (caller) => Array.fromAsync(caller.bidi(method.transfer, stream(relayed))),
  ],
  [
    "content that wasn't called for",
    "invalid",
    (caller) => relay(caller, { case: "parcel", value: { id: 2, parcel: new Uint8Array(1) } }),
  ],
  [
    "an end of what wasn't called for",
    "invalid",
    (caller) => relay(caller, { case: "end", value: { id: 0 } }),
  ],
  [
    "a parcel above 1 MiB",
    "invalid",
    (caller) => {
      const parcel = new Uint8Array(1024 * 1024 + 1);
      return relay(caller, { case: "parcel", value: { id: 1, parcel } });
    },
  ],
  [
    "content in a transfer that isn't relayed",
    "invalid",
    (caller) => {
      const value = { sources: [base], base, actions: [copyOf(0)], options: how, paced: true };
      const end = { part: { case: "end", value: { id: 1 } } } as const;
      return Array.fromAsync(caller.bidi(method.transfer, stream<object>(transfer(value), end)));
    },
  ],
  [
    "a transfer of nothing",
    "invalid",
    (caller) => Array.fromAsync(caller.bidi(method.transfer, stream())),
  ],
  ["a transfer from a source that isn't named", "invalid", (caller) => {
    const value = { sources: [base], base, actions: [copyOf(1)], options: how };
    return Array.fromAsync(caller.bidi(method.transfer, stream(transfer(value))));
  }],
  ["a checkpoint of no action", "invalid", (caller) => {
    const value = { sources: [base], base, options: how, checkpoints: [{ index: 1 }] };
    return Array.fromAsync(caller.bidi(method.transfer, stream(transfer(value))));
  }],
  ["a transfer that can't be granted anything", "invalid", (caller) => {
    const value = { sources: [base], base, actions: [copyOf(0)], options: how, paced: true };
    return Array.fromAsync(caller.bidi(method.transfer, stream(transfer(value))));
  }],
  ["a transfer that starts twice", "invalid", (caller) => {
    const once = transfer({
      sources: [base],
      base,
      actions: [copyOf(0)],
      options: how,
      paced: true,
    });
    return Array.fromAsync(caller.bidi(method.transfer, stream(once, once)));
  }],
];

for (const [what, code, ask] of HOSTILE) {
  Deno.test(`a serving Star refuses ${what}`, async () => {
    const { served, caller, system } = await openStar();
    await refused(code, ask(caller));
    while (served.activeCalls > 0) await new Promise((resolve) => setTimeout(resolve, 0));
    const entries = await system.scanDirectory("/root");
    deepEqual(entries.map((entry) => entry.path), ["a"]);
  });
}
