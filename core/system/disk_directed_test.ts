import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import { openWholeLibc } from "#core/posix/test_help.ts";
import type { Tree } from "./disk.ts";
import { openDisk } from "./open_disk.ts";
import { makeDirectoryBed } from "./system_beds.ts";
import type { DriverChoice } from "./worker_protocol.ts";

const libc = openWholeLibc();
const DRIVERS: DriverChoice[] = "libc" in libc ? ["posix", "pure"] : ["pure"];

/** Every way to change something beneath a tree. */
const CHANGES: Record<string, (tree: Tree) => unknown> = {
  openForWriting: (tree) => tree.openForWriting("file")[Symbol.dispose](),
  createFile: (tree) => tree.createFile("new")[Symbol.dispose](),
  makeDirectory: (tree) => tree.makeDirectory("new", 0o755),
  makeLink: (tree) => tree.makeLink("new", "file"),
  makeSpecial: (tree) => tree.makeSpecial("new", 0o010644, 0, 0),
  makeHardLink: (tree) => tree.makeHardLink("file", "new"),
  rename: (tree) => tree.rename("file", "new"),
  removeFile: (tree) => tree.removeFile("file"),
  removeDirectory: (tree) => tree.removeDirectory("folder"),
  apply: (tree) => tree.apply("file", { permissions: 0o600 }),
};

function makeBed() {
  const bed = makeDirectoryBed();
  for (const folder of ["seen", "in", "seen/deep", "seen/folder"]) {
    Deno.mkdirSync(`${bed.path}/${folder}`);
    if (folder !== "seen/folder") Deno.writeTextFileSync(`${bed.path}/${folder}/file`, folder);
  }
  Deno.symlinkSync(`${bed.path}/seen`, `${bed.path}/in/way`);
  return bed;
}

for (const driver of DRIVERS) {
  for (const [name, change] of Object.entries(CHANGES)) {
    Deno.test(`${driver} disk refuses ${name} where only reading is allowed`, async () => {
      using bed = makeBed();
      const roots = [`${bed.path}/seen`, `${bed.path}/in`];
      for (const writable of [[], [`${bed.path}/in`]]) {
        const disk = await openDisk(driver, roots, { writable, libc });
        // The second by a link in the writable root, which makes the path look like one of it.
        for (const base of ["seen", "in/way"]) {
          using tree = disk.openTree(`${bed.path}/${base}`);
          throws(() => change(tree), { code: "denied", message: /its root may only be read/ });
        }
      }
      const seen = [...Deno.readDirSync(`${bed.path}/seen`)].map(({ name }) => name).sort();
      deepEqual(seen, ["deep", "file", "folder"]);
      equal(Deno.statSync(`${bed.path}/seen/file`).mode! & 0o777, 0o644);
    });
  }

  Deno.test(`${driver} disk reads everywhere and changes what lies beneath writable roots`, async () => {
    using bed = makeBed();
    const roots = [`${bed.path}/seen`, `${bed.path}/in`], nested = `${bed.path}/seen/deep`;
    const disk = await openDisk(driver, roots, { writable: [`${bed.path}/in`, nested], libc });
    using seen = disk.openTree(`${bed.path}/seen`);
    using file = seen.openFile("deep/file");
    equal(file.facts().size, 9);
    using listing = seen.list("");
    equal(listing.count, 3);
    for (const base of [`${bed.path}/in`, nested]) {
      using tree = disk.openTree(base);
      tree.createFile("made")[Symbol.dispose]();
      tree.rename("made", "named");
      throws(() => tree.makeHardLink("file", "second", seen), "a file that may only be read");
      throws(() => tree.rename("file", "moved", seen));
    }
    equal(Deno.readTextFileSync(`${bed.path}/seen/file`), "seen");
  });
}

Deno.test("openDisk without writable roots named changes everything beneath its roots", async () => {
  using bed = makeBed();
  const disk = await openDisk("auto", [`${bed.path}/seen`], { libc });
  using tree = disk.openTree(`${bed.path}/seen`);
  tree.makeDirectory("made", 0o755);
});

Deno.test({
  name: "a directed, confined posix disk still gives memory of a cache line",
  ignore: !("libc" in libc),
}, async () => {
  using bed = makeBed();
  const { path } = bed;
  const disk = await openDisk("posix", [path], { writable: [`${path}/in`], libc });
  using confined = disk.within([`${path}/in`]);
  if (!("libc" in libc)) return;
  const { calls } = libc.libc.context;
  for (const { allocate } of [disk, confined]) {
    const bytes = allocate!(4096);
    equal(bytes.length, 4096);
    equal(calls.addressOf(bytes, 0n, 0n) % 64n, 0n);
  }
});
