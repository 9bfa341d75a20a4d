/** Random trees and random edits through `orbit sync`, judged by the real rsync. */
import assert from "node:assert/strict";
import { hasCommand } from "../../tools/peers.ts";
import { mutateTree } from "../support/mutate.ts";
import { runScript } from "../support/shell.ts";
import { makeTree } from "../support/trees.ts";
import { differences, emptyPair, orbitSync, type Pair, rsync } from "./pair.ts";

const ignore = !hasCommand("rsync");
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** Syncs, and expects that everything was done, in silence. */
async function expectSync(pair: Pair, what: string, args: string[]): Promise<void> {
  const { code, stderr } = await orbitSync(pair, [...args, "source/", "mine/"]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, what);
  assert.equal(await differences(pair, "source", "mine"), "", what);
}

/** Syncs again, and expects that there is nothing to do. */
async function expectNothingToDo(pair: Pair, what: string, args: string[]): Promise<void> {
  const { code, stdout } = await orbitSync(pair, [...args, "-i", "source/", "mine/"]);
  assert.deepEqual({ code, stdout }, { code: 0, stdout: "" }, what);
}

for (const seed of SEEDS) {
  Deno.test({
    name: `sync makes any tree again, and follows its edits (seed ${seed})`,
    ignore,
    async fn() {
      using pair = emptyPair();
      makeTree(seed, pair.source, { count: 60 });
      await expectSync(pair, `seed ${seed}: first copy`, ["-HSXA"]);
      await expectNothingToDo(pair, `seed ${seed}: second run`, ["-HXA"]);

      // What only a checksum finds is edited too, and every kind of entry swapped with another.
      const edits = mutateTree(seed * 1000, pair.source, { count: 20 });
      const what = `seed ${seed}: after ${JSON.stringify(edits)}`;
      const deleting = ["-HXA", "--delete", "--max-delete=100%"];
      await expectSync(pair, what, [...deleting, "-c"]);
      await expectNothingToDo(pair, what, deleting);
    },
  });
}

Deno.test({
  name: "sync follows edits round after round",
  ignore,
  async fn() {
    using pair = emptyPair();
    makeTree(77, pair.source, { count: 60 });
    runScript(pair.root, ["rmdir mine", "cp -a source mine"]);
    for (let round = 0; round < 4; round++) {
      const edits = mutateTree(7700 + round, pair.source, { count: 10 });
      const hidden = edits.some(({ kind }) => kind === "hidden-change");
      const args = ["-HXA", "--delete", "--max-delete=100%", ...(hidden ? ["-c"] : [])];
      await expectSync(pair, `round ${round}: ${JSON.stringify(edits)}`, args);
    }
  },
});

Deno.test({
  name: "sync -S leaves as many holes as rsync -S does",
  ignore,
  async fn() {
    using pair = emptyPair();
    makeTree(5, pair.source, { count: 80, features: { devices: false } });
    // Zeros that are stored: only -S makes holes of them.
    runScript(pair.root, [
      "head -c 3000000 /dev/zero > source/zeros",
      "printf end >> source/zeros",
    ]);
    await expectSync(pair, "copy", ["-HSXA"]);
    await rsync(pair, ["-aHSXA", "source/", "theirs/"]);
    const mine = blocks(pair.mine), theirs = blocks(pair.theirs);
    assert.deepEqual([...mine.keys()], [...theirs.keys()]);
    for (const [name, count] of mine) {
      // rsync looks for zeros in pieces of its own size, so a block at an end may differ.
      assert.ok(count <= theirs.get(name)! + 16, `${name}: ${count}, ${theirs.get(name)}`);
    }
    assert.ok([...mine.values()].some((count, i) => count < [...blocks(pair.source).values()][i]));
  },
});

/** The 512-byte units that each regular file occupies. */
function blocks(directory: string): Map<string, number> {
  const output = runScript(directory, ["find . -type f -printf '%b %P\\0' | sort -z -k2"]);
  const records = new TextDecoder().decode(output).split("\0").filter((record) => record !== "");
  return new Map(records.map((record) => {
    const space = record.indexOf(" ");
    return [record.slice(space + 1), Number(record.slice(0, space))];
  }));
}

Deno.test({
  name: "sync finds the few files that differ among thousands that don't",
  ignore,
  async fn() {
    using pair = emptyPair();
    runScript(pair.root, [
      "for a in 1 2 3 4; do for b in $(seq 15); do mkdir -p source/$a/$b/deep; for c in $(seq 40); do",
      "echo $c > source/$a/$b/$c; done; echo $a > source/$a/$b/deep/file; done; done",
      "rmdir mine; cp -a source mine",
      "for b in 2 7 12; do echo more >> source/1/$b/7; touch -d @9 source/1/$b/7; rm mine/2/$b/9; chmod 600 mine/3/$b/11; done",
      "rm -r mine/4/3 mine/4/9/deep; rm mine/4/5/1; mkdir mine/4/5/1; ln -sf 2 mine/1/1/1",
      "touch -d @7 source/4/15/deep/file; echo new > source/4/new; echo SAME > source/2/1/1",
      "echo EMAS > mine/2/1/1; touch -r source/2/1/1 mine/2/1/1",
    ]);
    await rsync(pair, ["-a", "mine/", "theirs/"]);
    const count = (await orbitSync(pair, ["-n", "-i", "source/", "mine/"])).stdout;
    const expected = await rsync(pair, ["-nai", "source/", "theirs/"]);
    const files = (text: string) =>
      text.split("\n").filter((line) => /^[>.c][fL]/.test(line)).sort();
    assert.deepEqual(files(count), files(expected.stdout));
    assert(files(count).length > 50);
    const { code, stderr } = await orbitSync(pair, ["--delete", "source/", "mine/"]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    const again = await orbitSync(pair, ["--stats", "source/", "mine/"]);
    assert.match(again.stdout, /^Number of unchanged regular files: 2,461$/m);
    runScript(pair.root, ["cp -p source/2/1/1 mine/2/1/1"]); // that no quick look can find
    assert.equal(await differences(pair, "source", "mine"), "");
  },
});
