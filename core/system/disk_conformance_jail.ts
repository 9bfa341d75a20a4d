/** Clauses about confinement: nothing outside a tree is read, made, changed or hinted at. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { DiskCase, DiskCaseBed } from "./disk_conformance.ts";
import { describeOne, namesIn, putFile, refusal, refusedAs } from "./disk_conformance_help.ts";
import type { Tree } from "./disk.ts";
import { FileType } from "./scan_batch.ts";

const hostilePaths = [
  "..",
  "../outside/secret",
  "a/../../outside",
  "a/..",
  ".",
  "./a",
  "a/.",
  "a//b",
  "a/",
  "/",
  "/etc/passwd",
  "//etc",
  "a\0b",
  "\0",
];

/** The links that `plant` makes. */
const links = ["inside", "out", "outFile", "outMissing", "climbing", "dangling"];

/** Every operation that takes a path, applied to one. */
const operations: Record<string, (tree: Tree, path: string) => unknown> = {
  facts: (tree, path) => tree.facts(path),
  list: (tree, path) => tree.list(path),
  "list following": (tree, path) => tree.list(path, { follow: true }),
  openFile: (tree, path) => tree.openFile(path),
  "openFile following": (tree, path) => tree.openFile(path, { follow: true }),
  openForWriting: (tree, path) => tree.openForWriting(path),
  createFile: (tree, path) => tree.createFile(path),
  makeDirectory: (tree, path) => tree.makeDirectory(path, 0o755),
  makeLink: (tree, path) => tree.makeLink(path, "a"),
  readLink: (tree, path) => tree.readLink(path),
  "makeHardLink of": (tree, path) => tree.makeHardLink(path, "new"),
  "makeHardLink as": (tree, path) => tree.makeHardLink("file", path),
  "rename of": (tree, path) => tree.rename(path, "new"),
  "rename to": (tree, path) => tree.rename("file", path),
  removeFile: (tree, path) => tree.removeFile(path),
  removeDirectory: (tree, path) => tree.removeDirectory(path),
  apply: (tree, path) => tree.apply(path, { permissions: 0o777 }),
  syncDirectory: (tree, path) => tree.syncDirectory(path),
};

export const jailCases: DiskCase[] = [
  ["paths that climb, are absolute or hold NUL are invalid, everywhere", ({ tree }) => {
    tree.makeDirectory("a", 0o755);
    putFile(tree, "file");
    for (const path of hostilePaths) {
      for (const [name, act] of Object.entries(operations)) {
        const error = refusal(() => act(tree, path));
        equal(error.code, "invalid", `${name} ${JSON.stringify(path)}: ${error.message}`);
      }
    }
    refusedAs("invalid", () => tree.makeLink("link", "a\0b"));
    deepEqual(namesIn(tree, ""), ["a", "file"]);
  }],

  ["a link as parent directory is denied, wherever it leads", (bed) => {
    const { tree } = bed;
    plant(bed);
    for (const link of links) {
      for (const [name, act] of Object.entries(operations)) {
        if (name.endsWith("following")) continue;
        for (const last of ["secret", "missing"]) {
          const error = refusal(() => act(tree, `${link}/${last}`));
          equal(error.code, "denied", `${name} ${link}/${last}: ${error.message}`);
        }
      }
    }
    untouched(bed);
  }],

  ["a link as last component isn't followed", (bed) => {
    const { tree } = bed;
    plant(bed);
    for (const link of links) {
      refusedAs("denied", () => tree.openFile(link));
      refusedAs("denied", () => tree.openForWriting(link));
      refusedAs("conflict", () => tree.createFile(link));
      refusedAs("conflict", () => tree.makeDirectory(link, 0o755));
      refusedAs("conflict", () => tree.makeLink(link, "x"));
      refusedAs("conflict", () => tree.makeHardLink("file", link));
      equal(tree.facts(link)!.mode & FileType.mask, FileType.link);
      refusal(() => tree.list(link));
      refusal(() => tree.syncDirectory(link));
      refusal(() => tree.removeDirectory(link));
    }
    untouched(bed);
  }],

  ["rename and removal act on a link itself", (bed) => {
    const { tree } = bed;
    plant(bed);
    for (const link of links) {
      tree.rename(link, "renamed");
      putFile(tree, "replacement", "x");
      tree.rename("replacement", "renamed");
      equal(tree.facts("renamed")!.mode & FileType.mask, FileType.file);
      tree.removeFile("renamed");
      equal(tree.facts(link), null);
    }
    untouched(bed);
  }],

  ["following never leaves the tree, and tells existing from missing targets of nobody", (bed) => {
    const { tree } = bed;
    plant(bed);
    for (const [existing, missing] of [["out", "outMissing"], ["outFile", "outMissing"]]) {
      for (const suffix of ["", "/secret"]) {
        for (const name of ["list following", "openFile following"]) {
          const one = refusal(() => operations[name](tree, existing + suffix));
          const other = refusal(() => operations[name](tree, missing + suffix));
          deepEqual([one.code, one.detail.errno], ["denied", other.detail.errno]);
          equal(withoutPath(one.message), withoutPath(other.message));
        }
      }
    }
    untouched(bed);
  }],

  ["openFile with follow reads through links that stay inside", ({ tree }) => {
    tree.makeDirectory("deep", 0o755);
    putFile(tree, "deep/file", "inside");
    tree.makeLink("link", "deep/file");
    tree.makeLink("folder", "deep");
    tree.makeLink("deep/round", "../folder/file");
    for (const path of ["link", "folder/file", "deep/round", "deep/file"]) {
      using file = tree.openFile(path, { follow: true });
      equal(file.facts().size, 6, path);
    }
    tree.makeLink("circle", "circle");
    refusedAs("denied", () => tree.openFile("circle", { follow: true }));
    tree.makeLink("dangling", "nowhere");
    refusedAs("not_found", () => tree.openFile("dangling", { follow: true }));
  }],

  ["describe with follow tells a link to outside as itself", (bed) => {
    const { tree } = bed;
    plant(bed);
    for (const link of ["out", "outFile", "outMissing", "climbing"]) {
      const entry = describeOne(tree, "", link, { follow: true })!;
      equal(entry.mode & FileType.mask, FileType.link, link);
      equal(entry.link, tree.readLink(link));
    }
  }],

  ["openTree denies what lies outside the roots, existing or not", ({ disk, base, outside }) => {
    if (outside) Deno.mkdirSync(`${base}-evil`);
    const parent = base.slice(0, base.lastIndexOf("/"));
    const paths = [
      "/",
      "/etc",
      "/missing-directory",
      parent || "/",
      `${base}-evil`,
      `${base}-none`,
    ];
    paths.push(`${base}/..`, `${base}/../outside`, `${base}/../none`, outside ?? "/outside");
    const errors = paths.map((path) => refusal(() => disk.openTree(path)));
    for (const [index, error] of errors.entries()) {
      equal(error.code, "denied", paths[index]);
      equal(error.detail.errno, errors[0].detail.errno);
      equal(withoutPath(error.message), withoutPath(errors[0].message));
    }
  }],

  ["openTree denies links that lead out and follows those that stay in", (bed) => {
    const { disk, base, tree } = bed;
    plant(bed);
    for (const link of ["out", "outMissing", "climbing"]) {
      refusedAs("denied", () => disk.openTree(`${base}/${link}`));
      refusedAs("denied", () => disk.openTree(`${base}/${link}/deeper`));
    }
    using inside = disk.openTree(`${base}/inside`);
    deepEqual(namesIn(inside, ""), ["kept"]);
    tree.makeLink("self", base);
    using self = disk.openTree(`${base}/self/folder`);
    deepEqual(namesIn(self, ""), ["kept"]);
  }],

  ["openTree takes existing directories at absolute paths only", ({ disk, base, tree }) => {
    putFile(tree, "file");
    refusedAs("not_found", () => disk.openTree(`${base}/missing`));
    refusedAs("conflict", () => disk.openTree(`${base}/file`));
    for (const path of ["", "relative", `${base}/a\0b`]) {
      refusedAs("invalid", () => disk.openTree(path));
    }
  }],

  ["a subtree is confined to itself", ({ disk, base, tree }) => {
    tree.makeDirectory("sub", 0o755);
    putFile(tree, "secret", "inside the root, outside the subtree");
    tree.makeLink("sub/up", "../secret");
    using sub = disk.openTree(`${base}/sub`);
    refusedAs("denied", () => sub.openFile("up"));
    refusedAs("denied", () => sub.openFile("up", { follow: true }));
    refusedAs("invalid", () => sub.openFile("../secret"));
    equal(describeOne(sub, "", "up", { follow: true })!.link, "../secret");
  }],

  ["two-tree operations deny links on either side", (bed) => {
    const { disk, base, tree } = bed;
    plant(bed);
    tree.makeDirectory("sub", 0o755);
    using sub = disk.openTree(`${base}/sub`);
    refusedAs("denied", () => sub.rename("out/secret", "taken", tree));
    refusedAs("denied", () => sub.makeHardLink("out/secret", "taken", tree));
    putFile(sub, "file");
    refusedAs("denied", () => tree.rename("file", "out/planted", sub));
    refusedAs("denied", () => tree.makeHardLink("file", "out/planted", sub));
    deepEqual(namesIn(sub, ""), ["file"]);
    untouched(bed);
  }],
];

/** Fills the tree with hostile links, and the outside with what must stay untouched. */
function plant(bed: DiskCaseBed): void {
  const { tree } = bed;
  const outside = bed.outside ?? "/outside";
  if (bed.outside) Deno.writeTextFileSync(`${bed.outside}/secret`, "secret", { mode: 0o640 });
  putFile(tree, "file", "kept");
  tree.makeDirectory("folder", 0o755);
  putFile(tree, "folder/kept");
  tree.makeLink("inside", "folder");
  tree.makeLink("out", outside);
  tree.makeLink("outFile", `${outside}/secret`);
  tree.makeLink("outMissing", `${outside}/missing`);
  tree.makeLink("climbing", "../outside");
  tree.makeLink("dangling", "nowhere");
}

function untouched({ outside, tree }: DiskCaseBed): void {
  equal(tree.facts("nowhere"), null);
  deepEqual(namesIn(tree, "folder"), ["kept"]);
  if (!outside) return;
  deepEqual([...Deno.readDirSync(outside)].map((entry) => entry.name), ["secret"]);
  equal(Deno.readTextFileSync(`${outside}/secret`), "secret");
  const { mode, nlink } = Deno.lstatSync(`${outside}/secret`);
  deepEqual([mode! & 0o777, nlink], [0o640, 1]);
}

function withoutPath(message: string): string {
  return message.replace(/".*"/, `"…"`);
}
