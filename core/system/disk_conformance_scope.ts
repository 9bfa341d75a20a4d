/** Clauses about a disk that is confined to a scope: nothing leads out of it, links included. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { DiskCase, DiskCaseBed } from "./disk_conformance.ts";
import {
  describeOne,
  namesIn,
  putFile,
  refusal,
  refusedAs,
  textOf,
} from "./disk_conformance_help.ts";
import { FileType } from "./scan_batch.ts";

export const scopeCases: DiskCase[] = [
  ["within: what lies in the scope is as before, links that stay in it included", (bed) => {
    const { disk, base } = bed;
    plant(bed);
    using confined = disk.within([`${base}/mine`]);
    using tree = confined.openTree(`${base}/mine`);
    deepEqual(namesIn(tree, "sub"), ["kept"]);
    putFile(tree, "new", "made");
    equal(textOf(tree, "new"), "made");
    using inner = confined.openTree(`${base}/mine/inside`);
    deepEqual(namesIn(inner, ""), ["kept"]);
    using file = tree.openFile("inside/kept", { follow: true });
    equal(file.facts().size, 4);
    refusedAs("not_found", () => confined.openTree(`${base}/mine/missing`));
  }],

  [
    "within: what lies outside the scope is denied alike, existing or not, by whatever way",
    (bed) => {
      const { disk, base } = bed;
      plant(bed);
      using confined = disk.within([`${base}/mine`]);
      const paths = ["", "/other", "/none", "/mine/../other", "/mine-too"];
      paths.push(
        "/mine/out",
        "/mine/out/secret",
        "/mine/climbing",
        "/mine/missing-out",
        "/mine/high",
      );
      const errors = paths.map((path) => refusal(() => confined.openTree(base + path)));
      for (const [index, error] of errors.entries()) {
        deepEqual([error.code, error.detail.errno], ["denied", "EXDEV"], paths[index]);
        equal(withoutPath(error.message), withoutPath(errors[0].message));
      }
      using tree = confined.openTree(`${base}/mine`);
      for (const link of ["out", "climbing", "missing-out", "high"]) {
        for (const path of [link, `${link}/secret`]) {
          const error = refusal(() => tree.openFile(path, { follow: true }));
          deepEqual([error.code, error.detail.path], ["denied", path]);
          refusedAs("denied", () => tree.list(path, { follow: true }));
        }
        equal(describeOne(tree, "", link, { follow: true })!.mode & FileType.mask, FileType.link);
      }
    },
  ],

  [
    "within: a scope that is a link, a file, missing, relative or outside the roots opens nothing",
    (bed) => {
      const { disk, base } = bed;
      plant(bed);
      const scopes = ["/mine/out", "/mine/inside", "/mine/inside/deeper", "/other/secret", "/none"];
      const absolute = scopes.map((path) => base + path);
      absolute.push("/", bed.outside ?? "/outside", `${base}/other/../mine/out`);
      for (const scope of absolute.filter((path) => path !== "/")) {
        using confined = disk.within([scope]);
        for (const path of [scope, base, `${base}/mine`, `${base}/other`]) {
          equal(refusal(() => confined.openTree(path)).code, "denied", `${scope}: ${path}`);
        }
      }
      using none = disk.within([]);
      refusedAs("denied", () => none.openTree(base));
    },
  ],

  [
    "within: one scope may be linked from another, and one above the roots is all of them",
    (bed) => {
      const { disk, base } = bed;
      plant(bed);
      {
        using both = disk.within([`${base}/mine`, `${base}/other`]);
        using tree = both.openTree(`${base}/other`);
        deepEqual(namesIn(tree, ""), ["secret"]);
        refusedAs("denied", () => both.openTree(base));
      }
      const above = base.slice(0, base.lastIndexOf("/")) || "/";
      for (const scope of [base, above, "/"]) {
        using all = disk.within([scope]);
        using tree = all.openTree(base);
        deepEqual(namesIn(tree, "other"), ["secret"], scope);
        if (scope !== base) refusedAs("denied", () => all.openTree(`${above}/none`));
      }
      // It was the scope's alone.
      using tree = disk.openTree(`${base}/mine/inside`);
      deepEqual(namesIn(tree, ""), ["kept"]);
    },
  ],

  ["within: twice is what both have", (bed) => {
    const { disk, base } = bed;
    plant(bed);
    using outer = disk.within([`${base}/mine`]);
    using inner = outer.within([`${base}/mine/sub`, `${base}/other`, `${base}/mine/out`]);
    using tree = inner.openTree(`${base}/mine/sub`);
    deepEqual(namesIn(tree, ""), ["kept"]);
    for (const path of ["/mine", "/other", "/mine/out"]) {
      refusedAs("denied", () => inner.openTree(base + path));
    }
  }],
];

/** A scope with links of all kinds, and a secret beside it. */
function plant({ tree, base }: DiskCaseBed): void {
  tree.makeDirectory("mine", 0o755);
  tree.makeDirectory("mine/sub", 0o755);
  putFile(tree, "mine/sub/kept", "kept");
  tree.makeDirectory("other", 0o755);
  putFile(tree, "other/secret", "secret");
  tree.makeLink("mine/inside", "sub");
  tree.makeLink("mine/out", `${base}/other`);
  tree.makeLink("mine/climbing", "../other");
  tree.makeLink("mine/missing-out", `${base}/none`);
  tree.makeLink("mine/high", base);
}

function withoutPath(message: string): string {
  return message.replace(/".*"/, `"…"`);
}
