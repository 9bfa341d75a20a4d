/** Another process swaps a directory for a link to outside while the pure driver works in it. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { makeRealBed } from "./disk_conformance.ts";
import { toBytes } from "./disk_conformance_help.ts";
import { createPureDisk } from "./disk_pure.ts";
import type { Tree } from "./disk.ts";

/**
 * Swaps until it is killed, or (should the test die) for twenty seconds. The directory is in its
 * place for moments of any length up to some calls', so that a try fits into some of them.
 */
const swapper = `
  const [directory, outside] = Deno.args;
  const away = directory + ".away";
  console.log("ready");
  const end = Date.now() + 20_000;
  while (Date.now() < end) {
    for (let i = 0; i < 100; i++) {
      Deno.renameSync(directory, away);
      Deno.symlinkSync(outside, directory);
      Deno.removeSync(directory);
      Deno.renameSync(away, directory);
      const until = performance.now() + Math.random() * 0.2;
      while (performance.now() < until);
    }
  }`;

/** Tries of one race: at least this often the swap must be met and missed. */
const meetings = 50, mostTries = 30_000;

Deno.test("pure disk opens nothing outside while a parent is swapped for a link", async () => {
  await race((tree) => {
    using file = tree.openFile("directory/file");
    const into = new Uint8Array(7);
    equal(file.read(into, 0), 6, "a file from outside was opened");
  });
});

Deno.test("pure disk opens nothing outside for writing while a parent is swapped", async () => {
  await race((tree) => {
    using file = tree.openForWriting("directory/file");
    file.write(toBytes("inside"), 0);
  });
});

Deno.test("pure disk leaves nothing it made outside while a parent is swapped", async () => {
  let made = 0;
  await race((tree) => {
    const number = made++;
    const path = `directory/new${number}`;
    if (number % 3 === 0) tree.makeDirectory(path, 0o700);
    else if (number % 3 === 1) tree.makeLink(path, "target");
    else tree.createFile(path)[Symbol.dispose]();
  });
});

Deno.test("pure disk renames nothing to outside while a parent is swapped", async () => {
  await race((tree) => {
    if (tree.facts("moving") === null) tree.createFile("moving")[Symbol.dispose]();
    tree.rename("moving", "directory/moved");
  });
});

/** Repeats `act` against the swapper until the swap was met often enough, and looks outside. */
async function race(act: (tree: Tree) => void): Promise<void> {
  using bed = makeRealBed((roots) => createPureDisk({ roots }));
  const outside = bed.outside!;
  Deno.writeTextFileSync(`${outside}/file`, "SECRET!");
  using tree = bed.disk.openTree(bed.base);
  tree.makeDirectory("directory", 0o755);
  Deno.writeTextFileSync(`${bed.base}/directory/file`, "inside");
  const outcomes = await whileSwapping(`${bed.base}/directory`, outside, () => count(tree, act));
  ok(outcomes.done >= 1 && outcomes.denied >= 1, JSON.stringify(outcomes));
  deepEqual([...Deno.readDirSync(outside)].map((entry) => entry.name), ["file"]);
  equal(Deno.readTextFileSync(`${outside}/file`), "SECRET!");
}

function count(tree: Tree, act: (tree: Tree) => void): { done: number; denied: number } {
  const outcomes = { done: 0, denied: 0, tries: 0 };
  while (outcomes.tries++ < mostTries) {
    if (outcomes.done >= meetings && outcomes.denied >= meetings) break;
    try {
      act(tree);
      outcomes.done++;
    } catch (error) {
      if (!(error instanceof OrbitError)) throw error;
      if (error.code === "denied") outcomes.denied++;
    }
  }
  return outcomes;
}

async function whileSwapping<T>(directory: string, outside: string, act: () => T): Promise<T> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", swapper, directory, outside],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  try {
    const reader = child.stdout.getReader();
    await reader.read();
    const result = act();
    await reader.cancel();
    return result;
  } finally {
    try {
      child.kill("SIGKILL");
    } catch { /* It ended by itself. */ }
    await child.status;
  }
}
