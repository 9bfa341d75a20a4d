import { deepStrictEqual as deepEqual } from "node:assert/strict";
import fc from "fast-check";
import { compareNames } from "#core/names.ts";
import { createMemoryDisk } from "./disk_memory.ts";
import { createFaultySystem } from "./faulty_system.ts";
import { openInlineSystem } from "./memory_system.ts";
import { FileType } from "./scan_batch.ts";
import { copyOf } from "./system_conformance_bed.ts";
import { bytesAt, carryOut, put, scanAll, send, succeeded } from "./system_conformance_help.ts";
import type { Action, OrbitSystem, PlainAction } from "./system.ts";

type Node =
  | { kind: "file"; content: Uint8Array; permissions: number; mtime: number; mtimeNs: number }
  | { kind: "link"; target: string }
  | { kind: "fifo"; permissions: number }
  | { kind: "directory"; permissions: number; children: Record<string, Node> };

const name = fc.oneof(
  fc.constantFrom("a", "b", "c.tmp", " ", "-", "é", "\n", "\udc80\udcff", "\u{1f600}"),
  fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" }).filter((text) =>
    text !== "." && text !== ".." && !/[/\0]/.test(text)
  ),
);
const permissions = fc.integer({ min: 0, max: 0o777 });
const content = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.nat(30_000)).map(([bytes, at]) => {
    const sparse = new Uint8Array(at + bytes.length);
    sparse.set(bytes, at);
    return sparse;
  }),
);
const { tree } = fc.letrec<{ tree: Record<string, Node>; node: Node }>((tie) => ({
  tree: fc.dictionary(name, tie("node"), { maxKeys: 5 }),
  node: fc.oneof(
    { maxDepth: 3 },
    fc.record({
      kind: fc.constant("file" as const),
      content,
      permissions,
      mtime: fc.integer({ min: -(2 ** 31), max: 2 ** 34 }),
      mtimeNs: fc.nat(999_999_999),
    }),
    fc.record({ kind: fc.constant("link" as const), target: name }),
    fc.record({ kind: fc.constant("fifo" as const), permissions }),
    fc.record({ kind: fc.constant("directory" as const), permissions, children: tie("tree") }),
  ) as fc.Arbitrary<Node>,
}));

Deno.test("any tree arrives as it is, within a system and by stream", async () => {
  await fc.assert(
    fc.asyncProperty(tree, fc.boolean(), fc.boolean(), async (children, sparse, stream) => {
      const disk = createMemoryDisk({ roots: ["/from", "/to"] });
      const plain = await openInlineSystem(disk);
      await build(plain, "", children);
      const system = stream ? createFaultySystem(plain, {}) : plain;
      const actions = await plan(plain);
      const bed = { system, base: "/from", target: plain, targetBase: "/to" };
      succeeded(await send(bed, actions, { sparse }));
      const expected = await picture(plain, "/from");
      deepEqual(await picture(plain, "/to"), expected);
      // Once more over what is there: the same again, and nothing besides.
      succeeded(await send(bed, actions, { sparse }));
      deepEqual(await picture(plain, "/to"), expected);
    }),
    { numRuns: 60 },
  );
});

async function build(
  system: OrbitSystem,
  path: string,
  children: Record<string, Node>,
): Promise<void> {
  for (const [name, node] of Object.entries(children)) {
    const at = path === "" ? name : `${path}/${name}`;
    if (node.kind === "file") {
      await put(system, "/from", at, node.content, node);
      continue;
    }
    await carryOut(system, "/from", [actionOf(at, node)]);
    if (node.kind !== "directory") continue;
    await build(system, at, node.children);
    const metadata = { permissions: node.permissions };
    await carryOut(system, "/from", [{ kind: "attributes", path: at, metadata }]);
  }
}

function actionOf(path: string, node: Exclude<Node, { kind: "file" }>): PlainAction {
  if (node.kind === "link") return { kind: "link", path, target: node.target, metadata: {} };
  const metadata = { permissions: node.permissions };
  if (node.kind === "directory") return { kind: "directory", path, metadata };
  const device = { rdevMajor: 0, rdevMinor: 0 };
  return { kind: "special", path, mode: FileType.fifo | 0o600, ...device, metadata };
}

/** The actions that make a copy of "/from": what a scan lists, then directories' own facts. */
async function plan(system: OrbitSystem): Promise<Action[]> {
  const actions: Action[] = [];
  const late: Action[] = [];
  for (const entry of (await scanAll(system, { base: "/from" })).entries) {
    const { path, size, mtime, mtimeNs } = entry;
    const metadata = { permissions: entry.mode & 0o7777 };
    switch (entry.mode & FileType.mask) {
      case FileType.file:
        actions.push(copyOf(path, size, { metadata }));
        break;
      case FileType.link:
        actions.push({ kind: "link", path, target: entry.link!, metadata: { mtime, mtimeNs } });
        break;
      case FileType.directory:
        actions.push({ kind: "directory", path, metadata });
        late.unshift({ kind: "attributes", path, metadata: { ...metadata, mtime, mtimeNs } });
        break;
      default: {
        const { mode, rdevMajor, rdevMinor } = entry;
        const more = { rdevMajor, rdevMinor, metadata: { ...metadata, mtime, mtimeNs } };
        actions.push({ kind: "special", path, mode, ...more });
      }
    }
  }
  return [...actions, ...late];
}

/** Everything about a tree that a copy must keep. */
async function picture(system: OrbitSystem, base: string) {
  const { entries } = await scanAll(system, { base });
  const contentOf = async (path: string) => [...await bytesAt(system, `${base}/${path}`)].join();
  const facts = entries.map(async (entry) => {
    const { path, mode, size, mtime, mtimeNs, link } = entry;
    const isFile = (mode & FileType.mask) === FileType.file;
    return { path, mode, size, mtime, mtimeNs, link, content: isFile && await contentOf(path) };
  });
  return (await Promise.all(facts)).sort((a, b) => compareNames(a.path, b.path));
}
