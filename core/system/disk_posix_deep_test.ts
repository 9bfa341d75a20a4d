/** Paths beyond what the kernel takes in one call, and directories replaced while they are held. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { FileType } from "./scan_batch.ts";
import { ScanBatchBuilder } from "./scan_batch_builder.ts";
import { describeOne, namesIn, putFile, refusal, textOf } from "./disk_conformance_help.ts";
import type { Tree } from "./disk.ts";
import { testPosix } from "./disk_posix_help.ts";

/** Makes directories down to a path of at least `bytes` bytes. */
function makeDeep(tree: Tree, bytes: number, name: string): string {
  let path = "";
  while (path.length < bytes) {
    path = path === "" ? name : `${path}/${name}`;
    tree.makeDirectory(path, 0o755);
  }
  return path;
}

/** Removes what {@linkcode makeDeep} made. */
function removeDeep(tree: Tree, path: string): void {
  for (; path !== ""; path = path.slice(0, Math.max(path.lastIndexOf("/"), 0))) {
    tree.removeDirectory(path);
  }
}

for (const name of ["d", "x".repeat(255), "é".repeat(100)]) {
  const bytes = name === "d" ? 2_500 : 6_000;
  testPosix(`paths of ${bytes} characters work (names like ${name.slice(0, 2)}…)`, ({ tree }) => {
    const path = makeDeep(tree, bytes, name);
    putFile(tree, `${path}/file`, "deep");
    equal(textOf(tree, `${path}/file`), "deep");
    tree.apply(`${path}/file`, { mtime: 5, permissions: 0o640, attributes: [] });
    tree.makeLink(`${path}/link`, "file");
    tree.rename(`${path}/file`, `${path}/renamed`);
    tree.rename(`${path}/renamed`, "shallow");
    tree.makeHardLink("shallow", `${path}/file`);
    deepEqual(namesIn(tree, path), ["file", "link"]);
    deepEqual(namesIn(tree, path, { follow: true }), ["file", "link"]);
    using file = tree.openFile(`${path}/link`, { follow: true });
    equal(file.facts().nlink, 2);
    equal(describeOne(tree, path, "link", { follow: true })!.mode, FileType.file | 0o640);
    tree.syncDirectory(path);
    tree.removeFile(`${path}/file`);
    tree.removeFile(`${path}/link`);
    removeDeep(tree, path);
    deepEqual(namesIn(tree, ""), ["shallow"]);
  });
}

testPosix("a link in the middle of a long path is denied", ({ tree }) => {
  const path = makeDeep(tree, 5_000, "y".repeat(200));
  const middle = path.slice(0, 4_019);
  tree.makeDirectory(`${middle}/real`, 0o755);
  tree.makeLink(`${middle}/link`, "real");
  const beyond = `${middle}/link/${"z".repeat(100)}/file`;
  equal(refusal(() => tree.createFile(beyond)).code, "denied");
  equal(refusal(() => tree.facts(beyond)).code, "denied");
  tree.removeFile(`${middle}/link`);
  tree.removeDirectory(`${middle}/real`);
  removeDeep(tree, path);
});

testPosix(
  "what the tree renames away is not written through what it held",
  ({ tree, disk, base }) => {
    using other = disk.openTree(base);
    tree.makeDirectory("a", 0o755);
    tree.makeDirectory("a/b", 0o755);
    putFile(tree, "a/b/file");
    tree.rename("a", "moved");
    equal(refusal(() => tree.createFile("a/b/late")).detail.errno, "ENOENT");
    putFile(tree, "moved/b/second");
    other.rename("moved", "again", tree);
    equal(refusal(() => tree.createFile("moved/b/late")).detail.errno, "ENOENT");
    deepEqual(namesIn(tree, "again/b"), ["file", "second"]);
  },
);

testPosix("a directory removed and made anew by another is found", ({ tree, base }) => {
  tree.makeDirectory("a", 0o755);
  putFile(tree, "a/file");
  Deno.removeSync(`${base}/a`, { recursive: true });
  Deno.mkdirSync(`${base}/a`);
  putFile(tree, "a/new");
  tree.apply("a/new", { mtime: 5 });
  Deno.removeSync(`${base}/a`, { recursive: true });
  Deno.mkdirSync(`${base}/a`);
  Deno.writeTextFileSync(`${base}/a/third`, "");
  tree.apply("a/third", { mtime: 5 });
  Deno.removeSync(`${base}/a`, { recursive: true });
  Deno.mkdirSync(`${base}/a`);
  Deno.writeTextFileSync(`${base}/a/fourth`, "");
  tree.rename("a/fourth", "a/fifth");
  deepEqual(namesIn(tree, "a"), ["fifth"]);
});

testPosix("a listing goes on telling of its directory after it is renamed", ({ tree }) => {
  tree.makeDirectory("a", 0o755);
  putFile(tree, "a/file");
  using listing = tree.list("a");
  tree.rename("a", "b");
  const into = new ScanBatchBuilder();
  equal(listing.describe(0, into, { follow: false, attributes: "all" }), FileType.file | 0o600);
});
