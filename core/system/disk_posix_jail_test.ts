/** The jail of the posix driver where it differs from other drivers', and under attack. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal, throws } from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { namesIn, putFile, refusal, textOf } from "./disk_conformance_help.ts";
import type { Tree } from "./disk.ts";
import { createPosixDisk } from "./disk_posix.ts";
import { libc, testPosix } from "./disk_posix_help.ts";

testPosix("a root that doesn't exist is named", ({ base }) => {
  const error = refusal(() => createPosixDisk({ libc, roots: [base, `${base}/missing`] }));
  deepEqual([error.code, error.detail.path], ["not_found", `${base}/missing`]);
  for (const root of ["relative", "", "/a\0b"]) {
    equal(refusal(() => createPosixDisk({ libc, roots: [root] })).code, "invalid");
  }
});

testPosix(
  "a root keeps its directory when something else takes its path",
  ({ disk, base, tree }) => {
    putFile(tree, "mine");
    Deno.renameSync(base, `${base}-moved`);
    Deno.mkdirSync(base);
    Deno.writeTextFileSync(`${base}/planted`, "");
    using again = disk.openTree(base);
    deepEqual(namesIn(again, ""), ["mine"]);
  },
);

testPosix("openTree takes slashes and dots as the system does", ({ disk, base, tree }) => {
  tree.makeDirectory("a", 0o755);
  tree.makeDirectory("a/b", 0o755);
  for (const path of [`${base}//a/`, `${base}/./a`, `${base}/a/b/..`]) {
    using opened = disk.openTree(path);
    deepEqual(namesIn(opened, ""), ["b"]);
  }
});

testPosix("links may lead from one root to another, also absolutely", ({ base, outside }) => {
  using disk = createPosixDisk({ libc, roots: [base, outside] });
  using tree = disk.openTree(base);
  using other = disk.openTree(outside);
  putFile(other, "file", "other root");
  tree.makeLink("absolute", `${outside}/file`);
  tree.makeLink("chain", "absolute");
  tree.makeLink("directory", outside);
  for (const path of ["absolute", "chain", "directory/file"]) {
    using file = tree.openFile(path, { follow: true });
    equal(file.facts().size, 10, path);
  }
  deepEqual(namesIn(tree, "directory", { follow: true }), ["file"]);
  using through = disk.openTree(`${base}/directory`);
  deepEqual(namesIn(through, ""), ["file"]);
});

testPosix(
  "a subtree follows links within the roots, and none beyond",
  ({ disk, tree, outside, base }) => {
    tree.makeDirectory("sub", 0o755);
    putFile(tree, "file", "above");
    Deno.writeTextFileSync(`${outside}/secret`, "secret");
    using sub = disk.openTree(`${base}/sub`);
    sub.makeLink("up", "../file");
    sub.makeLink("out", "../../outside/secret");
    sub.makeLink("loop", "../sub/loop/x");
    {
      using file = sub.openFile("up", { follow: true });
      equal(file.facts().size, 5);
    }
    equal(refusal(() => sub.openFile("out", { follow: true })).detail.errno, "EXDEV");
    equal(refusal(() => sub.openFile("loop", { follow: true })).detail.errno, "ELOOP");
  },
);

testPosix("a root of / confines nothing and follows every link", ({ base, tree, outside }) => {
  Deno.writeTextFileSync(`${outside}/file`, "anywhere");
  tree.makeLink("absolute", `${outside}/file`);
  tree.makeLink("climbing", "../outside/file");
  using disk = createPosixDisk({ libc, roots: ["/"] });
  using whole = disk.openTree(base);
  for (const path of ["absolute", "climbing"]) {
    using file = whole.openFile(path, { follow: true });
    equal(file.facts().size, 8);
  }
  equal(refusal(() => whole.openFile("absolute")).code, "denied");
});

testPosix("a circle of absolute links ends", ({ tree, base }) => {
  tree.makeLink("a", `${base}/b`);
  tree.makeLink("b", `${base}/a`);
  equal(refusal(() => tree.openFile("a", { follow: true })).detail.errno, "ELOOP");
});

testPosix("trees of other drivers are refused", ({ tree }) => {
  putFile(tree, "file");
  throws(() => tree.rename("file", "x", {} as Tree), OrbitError);
  throws(() => tree.makeHardLink("file", "x", {} as Tree), OrbitError);
});

testPosix(
  "a closed tree reaches nothing, whatever has its descriptor now",
  ({ disk, base, outside }) => {
    Deno.writeTextFileSync(`${outside}/file`, "");
    const closed = disk.openTree(base);
    closed[Symbol.dispose]();
    using other = createPosixDisk({ libc, roots: [outside] });
    using takers = new DisposableStack();
    for (let i = 0; i < 8; i++) takers.use(other.openTree(outside));
    const acts = [
      () => closed.facts("file"),
      () => closed.list(""),
      () => closed.createFile("new"),
      () => closed.apply("file", { permissions: 0o777 }),
      () => closed.rename("file", "new"),
      () => closed.space(),
    ];
    for (const act of acts) equal(refusal(act).detail.errno, "EBADF");
  },
);

testPosix("names of any bytes are names and no more", ({ tree, outside }) => {
  const names = ["a\nb", "\x1b[2J", "\udcff\udcfe", "..\\x", "...", " ", "-rf", "x".repeat(255)];
  for (const name of names) putFile(tree, name, name);
  for (const name of names) equal(textOf(tree, name).length > 0, true);
  equal(namesIn(tree, "").length, names.length);
  for (const name of names) tree.removeFile(name);
  deepEqual([namesIn(tree, ""), [...Deno.readDirSync(outside)]], [[], []]);
});

/** How often each operation is tried while the neighbour swaps; ends early once both have won. */
const ATTEMPTS = 100_000;
const ENOUGH = 40;

const attacks: Record<string, (tree: Tree, round: number) => void> = {
  createFile: (tree, round) => tree.createFile(`target/new${round}`)[Symbol.dispose](),
  makeDirectory: (tree, round) => tree.makeDirectory(`target/new${round}`, 0o755),
  openFile: (tree) => equal(textOf(tree, "target/file"), "inside"),
  facts: (tree) => equal(tree.facts("target/file")!.size, 6),
  list: (tree) => ok(namesIn(tree, "target").includes("file")),
  apply: (tree) => tree.apply("target/file", { permissions: 0o611 }),
  "list following": (tree) => ok(namesIn(tree, "target", { follow: true }).includes("file")),
};

for (const [name, attack] of Object.entries(attacks)) {
  testPosix(
    `${name} withstands a directory swapped for a link`,
    async ({ tree, base, outside }) => {
      Deno.writeTextFileSync(`${outside}/file`, "outside, longer", { mode: 0o640 });
      for (const folder of ["target", "other"]) {
        tree.makeDirectory(folder, 0o755);
        putFile(tree, `${folder}/file`, "inside");
      }
      tree.makeLink("link", outside);
      await using _swapper = await startSwapping(base, "target", "link");
      let inside = 0, denied = 0;
      for (let round = 0; round < ATTEMPTS && (inside < ENOUGH || denied < ENOUGH); round++) {
        tree.facts("other/file"); // The directory is held no longer: it is opened anew each time.
        try {
          attack(tree, round);
          inside++;
        } catch (error) {
          if (!(error instanceof OrbitError)) throw error;
          equal(error.code, "denied", error.message);
          denied++;
        }
      }
      ok(inside > 0 && denied > 0, `never raced: ${inside} inside, ${denied} denied`);
      deepEqual([...Deno.readDirSync(outside)].map((entry) => entry.name), ["file"]);
      equal(Deno.statSync(`${outside}/file`).mode! & 0o777, 0o640);
    },
  );
}

/** A process that swaps two entries until it is disposed of. */
async function startSwapping(folder: string, one: string, other: string): Promise<AsyncDisposable> {
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const script = new URL("./disk_posix_swap_child.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--no-lock", "--config", config, script, folder, one, other],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await reader.cancel();
      await child.status;
    },
  };
}
