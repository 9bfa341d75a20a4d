import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import { makeRealBed, testDisk } from "./disk_conformance.ts";
import { describeOne, failsWith, listedNames, namesIn, refusal } from "./disk_conformance_help.ts";
import { createPureDisk } from "./disk_pure.ts";
import type { FileHandle } from "./disk.ts";
import { ScanBatchBuilder } from "./scan_batch_builder.ts";

const makeBed = () => makeRealBed((roots) => createPureDisk({ roots, followWithin: "tree" }));

testDisk("pure disk", makeBed);

Deno.test({
  name: "a pure listing notes names that are not UTF-8 and gives the others",
  ignore: Deno.build.os !== "linux",
  fn() {
    using bed = makeBed();
    // Octal \377 and \376 are no UTF-8; \357\277\275 is U+FFFD, what Deno shows in their place.
    shell(bed.base, `touch plain "$(printf 'a\\377')" "$(printf 'a\\376')"`);
    shell(bed.base, `touch "$(printf 'a\\357\\277\\275')"; mkdir "$(printf 'b\\377')"`);
    shell(bed.base, `ln -s "$(printf 't\\377')" link`);
    using tree = bed.disk.openTree(bed.base);
    using listing = tree.list("");
    const into = new ScanBatchBuilder();
    const described = listedNames(listing).map((name, index) => {
      return [name, listing.describe(index, into, { follow: false, attributes: "none" }) !== 0];
    });
    deepEqual(described, [
      ["a\ufffd", true],
      ["a\ufffd", false],
      ["a\ufffd", false],
      ["b\ufffd", false],
      ["link", false],
      ["plain", true],
    ]);
    equal(listing.isDirectory(3), undefined);
    const { troubles } = into.take();
    deepEqual(troubles.map(({ path, error }) => [path, error.detail.errno]), [
      ["a\ufffd", "EILSEQ"],
      ["a\ufffd", "EILSEQ"],
      ["b\ufffd", "EILSEQ"],
      ["link", "EILSEQ"],
    ]);
    failsWith("EILSEQ", () => tree.readLink("link"));
  },
});

Deno.test("a pure file sets times through its handle after it was renamed", () => {
  using bed = makeBed();
  using tree = bed.disk.openTree(bed.base);
  using file: FileHandle = tree.createFile("before");
  tree.rename("before", "after");
  for (let ms = 0; ms < 1000; ms += 37) {
    file.apply({ mtime: 1_600_000_000 + ms, mtimeNs: ms * 1_000_000 });
    const { mtime, mtimeNs } = tree.facts("after")!;
    deepEqual([mtime, mtimeNs], [1_600_000_000 + ms, ms * 1_000_000]);
  }
  file.apply({ mtime: -5, mtimeNs: 0 });
  equal(tree.facts("after")!.mtime, -5);
  equal(refusal(() => file.apply({ mtime: -5, mtimeNs: 1_000_000 })).code, "unsupported");
});

Deno.test("createPureDisk takes absolute roots only and needs none to exist", () => {
  throws(() => createPureDisk({ roots: ["relative"] }), { code: "invalid" });
  using bed = makeBed();
  const disk = createPureDisk({ roots: [`${bed.base}/later`] });
  failsWith("ENOENT", () => disk.openTree(`${bed.base}/later`));
  Deno.mkdirSync(`${bed.base}/later`);
  using tree = disk.openTree(`${bed.base}/later`);
  equal(tree.facts("missing"), null);
});

Deno.test("createPureDisk opens roots that are reached through a link", () => {
  using bed = makeBed();
  Deno.mkdirSync(`${bed.base}/real/deep`, { recursive: true });
  Deno.symlinkSync(`${bed.base}/real`, `${bed.outside}/alias`);
  const disk = createPureDisk({ roots: [`${bed.outside}/alias`] });
  using tree = disk.openTree(`${bed.outside}/alias/deep`);
  tree.createFile("file")[Symbol.dispose]();
  equal(Deno.lstatSync(`${bed.base}/real/deep/file`).isFile, true);
  failsWith("EXDEV", () => disk.openTree(bed.base));
});

Deno.test("createPureDisk follows links anywhere beneath its roots unless told otherwise", () => {
  using bed = makeBed();
  const { base, outside } = bed;
  const disk = createPureDisk({ roots: [base] });
  for (const directory of ["one", "two"]) Deno.mkdirSync(`${base}/${directory}`);
  Deno.writeTextFileSync(`${base}/two/file`, "beside");
  Deno.writeTextFileSync(`${outside}/file`, "secret");
  const links = { up: "../two", full: `${base}/two`, out: outside!, climb: "../../outside" };
  for (const [name, target] of Object.entries(links)) {
    Deno.symlinkSync(target, `${base}/one/${name}`);
  }
  using tree = disk.openTree(`${base}/one`);
  for (const name of ["up", "full"]) {
    using file = tree.openFile(`${name}/file`, { follow: true });
    equal(file.facts().size, 6);
    deepEqual(namesIn(tree, name, { follow: true }), ["file"]);
    equal(describeOne(tree, "", name, { follow: true })!.link, undefined);
  }
  for (const name of ["out", "climb"]) {
    failsWith("EXDEV", () => tree.openFile(`${name}/file`, { follow: true }));
    failsWith("EXDEV", () => tree.openFile(`${name}/missing`, { follow: true }));
    failsWith("EXDEV", () => tree.list(name, { follow: true }));
    equal(describeOne(tree, "", name, { follow: true })!.link, links[name as keyof typeof links]);
  }
  failsWith("ENOENT", () => tree.openFile("up/missing", { follow: true }));
  failsWith("ELOOP", () => tree.openFile("up/file"));
});

function shell(directory: string, script: string): void {
  const { success } = new Deno.Command("/bin/sh", {
    args: ["-c", script],
    cwd: directory,
    stdout: "null",
    stderr: "null",
  }).outputSync();
  equal(success, true);
}
