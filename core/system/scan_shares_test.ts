import assert from "node:assert/strict";
import fc from "fast-check";
import { createMemoryDisk } from "./disk_memory.ts";
import type { Tree } from "./disk.ts";
import { scanInShares } from "./scan_shares.ts";
import type { ScanBatchData } from "./scan_batch.ts";
import type { ScanRequest } from "./system.ts";
import { WorkContext } from "./work/context.ts";
import { scan, type ScanShare } from "./work/scan.ts";

const REQUEST: ScanRequest = { base: "/", recursive: true };

/** A disk with a directory for each path, and as many files in it as its number says. */
function diskWith(directories: Readonly<Record<string, number>>) {
  const disk = createMemoryDisk({ roots: ["/"] });
  using root = disk.openTree("/");
  for (const [path, files] of Object.entries(directories)) {
    makeAll(root, path);
    for (let i = 0; i < files; i++) root.createFile(`${path}/${i}`)[Symbol.dispose]();
  }
  return disk;
}

function makeAll(tree: Tree, path: string): void {
  let at = "";
  for (const name of path.split("/")) {
    at = at === "" ? name : `${at}/${name}`;
    if (tree.facts(at) === null) tree.makeDirectory(at, 0o755);
  }
}

const partsOf = ({ parts }: ScanBatchData) =>
  parts.map(({ directory, from, to, last }) => `${directory}:${to - from}:${last}`);

/** Scans in place; each step waits for `turn`. */
function scanner(context: WorkContext, turn: () => Promise<void>) {
  const open = new Set<AsyncGenerator>();
  let most = 0, begun = 0;
  const start = (request: ScanRequest, share: ScanShare) => {
    const steps = async function* () {
      // Small shares, so that small trees are cut into many.
      const work = scan(context, request, { ...share, entries: Math.ceil(share.entries / 512) });
      try {
        for (let step = work.next();; step = work.next()) {
          await turn();
          if (step.done) return step.value;
          yield step.value;
        }
      } finally {
        open.delete(generator);
      }
    };
    const generator = steps();
    open.add(generator);
    begun++;
    most = Math.max(most, open.size);
    return generator;
  };
  return { start, open, most: () => most, begun: () => begun };
}

const paths = fc.array(
  fc.array(fc.constantFrom("a", "a.b", "b", "c"), { minLength: 1, maxLength: 4 }),
  {
    minLength: 1,
    maxLength: 30,
  },
);

Deno.test("shares tell the directories of one scan, in its order, whoever is done first", async () => {
  const turns = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(paths, turns, fc.integer({ min: 1, max: 4 }), async (lists, waits, width) => {
      const disk = diskWith(Object.fromEntries(lists.map((list, i) => [list.join("/"), i % 9])));
      const context = new WorkContext(disk, undefined);
      const whole = [...scan(context, REQUEST)].flatMap(partsOf);
      let at = 0;
      const turn = async () => {
        for (let i = waits[at++ % waits.length]; i > 0; i--) await null;
      };
      const { start, open, most } = scanner(context, turn);
      const told: string[] = [];
      for await (const batch of scanInShares(start, REQUEST, width)) told.push(...partsOf(batch));
      assert.deepEqual(told, whole);
      assert.equal(open.size, 0);
      assert(most() <= 2 * width + 1, `${most()} shares at a time`);
    }),
    { numRuns: 200 },
  );
});

Deno.test("several workers are kept busy, also below one directory of the top", async () => {
  const directories: Record<string, number> = {};
  for (let i = 0; i < 64; i++) directories[`top/${i % 8}/${i}`] = 4;
  const context = new WorkContext(diskWith(directories), undefined);
  const { start, most, begun } = scanner(context, () => Promise.resolve());
  await Array.fromAsync(scanInShares(start, REQUEST, 2));
  assert(most() >= 3, `${most()} shares at a time`);
  assert(begun() > 8, `${begun()} shares`);
});

Deno.test("a directory that vanishes before its turn is trouble, as it is in one scan", async () => {
  const names = Array.from({ length: 10 }, (_, i) => `d${i}`);
  const disk = diskWith(Object.fromEntries(names.map((name) => [name, 10])));
  const { start } = scanner(new WorkContext(disk, undefined), () => Promise.resolve());
  const troubles: string[] = [];
  for await (const { parts, troubles: found } of scanInShares(start, REQUEST, 1)) {
    troubles.push(...found.map(({ path, error }) => `${path} ${error.detail.errno}`));
    if (parts[0].directory !== "") continue;
    using root = disk.openTree("/");
    for (let i = 0; i < 10; i++) root.removeFile(`d9/${i}`);
    root.removeDirectory("d9");
  }
  assert.deepEqual(troubles, ["d9 ENOENT"]);
});

Deno.test("a share that fails ends the scan, and the other shares with it", async () => {
  const directories = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`d${i}`, 3]));
  const context = new WorkContext(diskWith(directories), undefined);
  let turns = 0;
  const { start, open } = scanner(context, () => {
    if (++turns === 9) return Promise.reject(new Error("gone"));
    return Promise.resolve();
  });
  await assert.rejects(Array.fromAsync(scanInShares(start, REQUEST, 3)), { message: "gone" });
  assert.equal(open.size, 0);
});

Deno.test("who has seen enough ends all shares, and no further ones begin", async () => {
  const directories = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`d${i}`, 3]));
  const context = new WorkContext(diskWith(directories), undefined);
  const { start, open, begun } = scanner(context, () => Promise.resolve());
  let batches = 0, atEnd = 0;
  for await (const _ of scanInShares(start, REQUEST, 2)) {
    if (++batches === 2) break;
  }
  atEnd = begun();
  assert.equal(open.size, 0);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(begun(), atEnd);
});
