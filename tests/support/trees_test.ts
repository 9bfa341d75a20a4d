import assert from "node:assert/strict";
import { mutateTree } from "./mutate.ts";
import { runScript } from "./shell.ts";
import { makeTempDirectory } from "./temp.ts";
import { makeTree, probeFeatures } from "./trees.ts";

const decoder = new TextDecoder("latin1");

/** Everything about a tree but inode numbers and the times of the root and of change. */
function describe(directory: string): string {
  const facts = runScript(directory, [
    "find . -mindepth 1 -printf '%y %m %U:%G %n %s %T@ %l %P\\0' | sort -z",
    "find . -type f -print0 | sort -z | xargs -0 cksum",
  ]);
  return decoder.decode(facts);
}

/** The same without the times that an edit leaves at "now". */
function describeContents(directory: string): string {
  return decoder.decode(runScript(directory, [
    "find . -mindepth 1 -printf '%y %m %P\\0' | sort -z",
    "find . -type f -print0 | sort -z | xargs -0 cksum",
  ]));
}

Deno.test("makeTree makes the same tree from the same seed", () => {
  using temp = makeTempDirectory();
  makeTree(7, `${temp.path}/a`, { count: 150 });
  makeTree(7, `${temp.path}/b`, { count: 150 });
  makeTree(8, `${temp.path}/c`, { count: 150 });
  const first = describe(`${temp.path}/a`);
  assert.equal(describe(`${temp.path}/b`), first);
  assert.notEqual(describe(`${temp.path}/c`), first);
});

Deno.test("makeTree makes every kind that the machine allows", () => {
  using temp = makeTempDirectory();
  const features = probeFeatures(temp.path);
  makeTree(1, `${temp.path}/t`, { count: 200 });
  const output = runScript(`${temp.path}/t`, ["find . -mindepth 1 -printf '%y\\n' | sort -u"]);
  const expected = ["d", "f", "l", "p"];
  if (features.devices) expected.push("b", "c");
  if (features.sockets) expected.push("s");
  assert.deepEqual(decoder.decode(output).trim().split("\n"), expected.sort());
});

Deno.test("mutateTree makes the same edits of the same tree from the same seed", () => {
  using temp = makeTempDirectory();
  for (const name of ["a", "b"]) makeTree(3, `${temp.path}/${name}`);
  const before = describeContents(`${temp.path}/a`);
  const mutations = mutateTree(4, `${temp.path}/a`);
  assert.equal(mutations.length, 15);
  assert.deepEqual(mutateTree(4, `${temp.path}/b`), mutations);
  const after = describeContents(`${temp.path}/a`);
  assert.equal(describeContents(`${temp.path}/b`), after);
  assert.notEqual(after, before);
});

Deno.test("mutateTree keeps size and time in a hidden change", () => {
  using temp = makeTempDirectory();
  const path = `${temp.path}/only`;
  for (let seed = 0; seed < 100; seed++) {
    Deno.writeTextFileSync(path, "content\n");
    Deno.utimeSync(path, 1000.5, 1000.5);
    const [mutation] = mutateTree(seed, temp.path, { count: 1 });
    if (mutation.kind !== "hidden-change") {
      runScript(temp.path, ["find . -mindepth 1 -delete"]);
      continue;
    }
    assert.deepEqual(mutation, { kind: "hidden-change", path: "only" });
    const { size, mtime } = Deno.statSync(path);
    assert.deepEqual([size, mtime?.getTime()], [8, 1_000_500]);
    assert.notEqual(Deno.readTextFileSync(path), "content\n");
    return;
  }
  assert.fail("no seed gave a hidden change");
});
