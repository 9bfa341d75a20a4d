/** Requests that can't be meant well. */
import { deepEqual } from "node:assert/strict";
import type { ErrorCode } from "#core/errors.ts";
import type { Caller } from "#core/rpc/mod.ts";
import { type AttributeSelection, FilterKind } from "#proto/gen/orbit/v1/files_pb.ts";
import {
  action,
  base,
  copyOf,
  data,
  how,
  HUGE,
  LONG,
  method,
  openStar,
  path,
  refused,
  scan,
  start,
  stream,
  transfer,
  utf8,
} from "./test_serve.ts";

type Hostile = readonly [what: string, code: ErrorCode, ask: (caller: Caller) => Promise<unknown>];

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
    "publishing nothing",
    "invalid",
    (caller) => caller.unary(method.publish, { base, staged: utf8("s"), options: how }),
  ],
  [
    "removing what climbs",
    "invalid",
    (caller) => caller.unary(method.discard, { base, staged: [utf8("../a")] }),
  ],

  [
    "content without a place",
    "invalid",
    (caller) => caller.clientStream(method.stage, stream(data(1))),
  ],
  ["nothing to stage", "invalid", (caller) => caller.clientStream(method.stage, stream())],
  [
    "a piece above 1 MiB",
    "invalid",
    (caller) => caller.clientStream(method.stage, stream(start, data(1024 * 1024 + 1))),
  ],
  [
    "two places for one content",
    "invalid",
    (caller) => caller.clientStream(method.stage, stream(start, start)),
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
