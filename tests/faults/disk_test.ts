/** Bad days of the disk itself: full, read-only, forbidden, failing, lying, silent. */
import assert from "node:assert/strict";
import { mountTmpfs, remount } from "../support/mount.ts";
import { makeTempDirectory } from "../support/temp.ts";
import { Bed, findStaged, lookAt } from "./bed.ts";
import type { BadDay } from "./faulty_orbit.ts";

const canMount = (() => {
  using mounted = mountTmpfs({ sizeBytes: 65_536 });
  return mounted !== null;
})();
const isRoot = Deno.uid() === 0;

/** A bed whose destination is a file system of its own. */
function mountedBed(options: { sizeBytes: number; inodes?: number }): Bed {
  return new Bed(makeTempDirectory(), mountTmpfs(options)!);
}

Deno.test({
  name: "a sync to a full disk names the files that don't fit, and copies the others",
  ignore: !canMount,
  async fn() {
    using bed = mountedBed({ sizeBytes: 1024 * 1024 });
    bed.run(
      "head -c 3000000 /dev/urandom > src/too-large; head -c 80000000 /dev/zero > src/far-too-large",
      "echo a > src/a; mkdir src/d; echo z > src/d/z",
    );
    const { code, stderr } = await bed.sync();
    assert.equal(code, 23, stderr);
    for (const name of ["too-large", "far-too-large"]) {
      assert.match(stderr, new RegExp(`orbit: .*\\b${name}": no space left on device\n`));
    }
    assert.match(stderr, /orbit: 2 items failed; the others were done\n/);
    assert.equal(bed.run("cat dst/a dst/d/z"), "a\nz\n");
    assert.deepEqual(findStaged(bed.dst), []);
    assert.deepEqual(bed.run("ls dst"), "a\nd\n");
  },
});

Deno.test({
  name: "a sync to a disk without inodes names every file that can't be made",
  ignore: !canMount,
  async fn() {
    using bed = mountedBed({ sizeBytes: 1024 * 1024, inodes: 12 });
    bed.run("for i in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15; do echo $i > src/$i; done");
    const { code, stderr } = await bed.sync(["--jobs=1"]);
    assert.equal(code, 23, stderr);
    const there = bed.run("ls dst").trim().split("\n");
    assert.ok(there.length > 5, `${there}`);
    const failed = stderr.match(/^orbit: .*"\d\d": no space left on device$/gm) ?? [];
    assert.equal(failed.length + there.length, 15, stderr);
  },
});

Deno.test({
  name: "a sync to a read-only destination fails with a line for each file, and changes nothing",
  ignore: !canMount,
  async fn() {
    using bed = mountedBed({ sizeBytes: 1024 * 1024 });
    bed.run(
      "echo older > dst/a; echo gone > dst/gone; echo new > src/a; mkdir src/d; echo b > src/d/b",
    );
    remount(bed.dst, "ro");
    const { code, stderr } = await bed.sync(["--delete", "--max-delete=100%"]);
    assert.equal(code, 23, stderr);
    for (const name of ["a", "d", "gone"]) {
      assert.match(stderr, new RegExp(`orbit: .*"${name}": read-only file system\n`));
    }
    assert.equal(bed.run("cd dst; cat a gone; ls"), "older\ngone\na\ngone\n");
  },
});

Deno.test({
  name: "a sync of sources that can't be read names them, copies the others and deletes nothing",
  ignore: !isRoot,
  async fn() {
    using bed = new Bed();
    bed.run(
      "mkdir src/closed src/open; echo s > src/closed/secret; echo s > src/secret; echo o > src/open/o",
      "echo gone > dst/gone; mkdir dst/closed; echo kept > dst/closed/kept",
      "chgrp -R 65534 src; chmod 700 src/closed; chmod 600 src/secret; chown -R 65534 dst home; chmod 755 .",
    );
    const through = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const env = { DENO_DIR: `${bed.path}/home/deno` };
    const options = ["--delete", "--max-delete=100%"];
    const { code, stderr } = await bed.sync(options, { through, env });
    assert.equal(code, 23, stderr);
    assert.match(stderr, /orbit: .*"secret": permission denied\n/);
    assert.match(stderr, /orbit: .*"closed": permission denied\n/);
    assert.match(stderr, /orbit: not everything could be listed, so nothing is deleted\n/);
    assert.equal(
      bed.run("cd dst; cat open/o gone closed/kept; ls"),
      "o\ngone\nkept\nclosed\ngone\nopen\n",
    );
  },
});

for (
  const { what, on, path, tree } of [
    { what: "reading a small file", on: "file.read" as const, path: "bad" },
    { what: "writing a small file", on: "file.write" as const, path: "tmp" },
    { what: "listing a directory", on: "list" as const, path: "^d$", tree: "/src$" },
    { what: "renaming", on: "rename" as const, path: "bad" },
  ]
) {
  Deno.test(`a sync whose disk has an I/O error ${what} says so, and copies the others`, async () => {
    using bed = new Bed();
    bed.run("mkdir src/d src/e; echo b > src/bad; echo d > src/d/file; echo e > src/e/file");
    if (on === "file.write") bed.run("rm -r src/d src/e");
    const badDay: BadDay = { rules: [{ on: [on], path, tree, then: { errno: "EIO" } }] };
    const { code, stderr } = await bed.sync([], { badDay });
    assert.equal(code, 23, stderr);
    assert.match(
      stderr,
      /^orbit: .*: input\/output error\norbit: 1 item failed; the others were done\n$/,
    );
    if (on !== "file.write") assert.equal(bed.run("cat dst/e/file"), "e\n");
    assert.deepEqual(findStaged(bed.dst), []);
    assert.equal((await bed.sync()).code, 0);
    assert.deepEqual(lookAt(bed.dst), lookAt(bed.src));
  });
}

/** A bed with a small and a large file on the bad side, and one on the good one. */
function halfBadBed(): Bed {
  const bed = new Bed();
  bed.run(
    "mkdir -p src/bad src/good dst/bad; echo content > src/bad/small; echo good > src/good/file",
    `head -c ${70 * 1024 * 1024} /dev/urandom > src/bad/large; echo before > dst/bad/small`,
  );
  return bed;
}

Deno.test("a sync whose disk always writes wrong bytes never shows them, and reports the files", async () => {
  using bed = halfBadBed();
  const badDay: BadDay = { rules: [{ on: ["file.write"], path: "^bad/", then: { flip: true } }] };
  const { code, stderr } = await bed.sync(["-v"], { badDay });
  assert.equal(code, 23, stderr);
  for (const name of ["small", "large"]) {
    const line = `orbit: verify ".*bad/.*${name}": what was read back is not what was written`;
    assert.match(stderr, new RegExp(`^${line}; trying again$`, "m"));
    assert.match(stderr, new RegExp(`^${line}$`, "m"));
  }
  assert.equal(bed.run("cd dst; ls bad; cat bad/small good/file"), "small\nbefore\ngood\n");
  assert.deepEqual(findStaged(bed.dst), []);
});

Deno.test("a sync whose disk writes wrong bytes once tries again and succeeds", async () => {
  using bed = halfBadBed();
  const flip = { on: ["file.write" as const], then: { flip: true as const }, at: 1 };
  const rules = ["^bad/", "^good/"].map((path) => ({ ...flip, path }));
  const { code, stderr } = await bed.sync([], { badDay: { rules } });
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(lookAt(bed.dst), lookAt(bed.src));
});

Deno.test("a sync whose disk doesn't answer gives up after --timeout", async () => {
  using bed = new Bed();
  bed.run("echo content > src/file");
  const badDay: BadDay = { rules: [{ on: ["file.read"], then: { block: true } }] };
  const { code, stderr } = await bed.sync(["--timeout=1"], { badDay });
  assert.equal(code, 30, stderr);
  assert.match(stderr, /orbit: gave up: nothing moved for the time that --timeout allows\n/);
  assert.match(stderr, /orbit: to go on: orbit jobs resume/);
  assert.equal((await bed.sync(["--timeout=1"])).code, 0);
  assert.deepEqual(lookAt(bed.dst), lookAt(bed.src));
  assert.deepEqual(findStaged(bed.dst), []);
});

Deno.test("a scan that doesn't answer gives up after --timeout", async () => {
  using bed = new Bed();
  bed.run("echo content > src/file");
  const badDay: BadDay = { rules: [{ on: ["list"], then: { block: true } }] };
  assert.equal((await bed.sync(["--timeout=1"], { badDay })).code, 30);
  assert.equal((await bed.sync(["--timeout=1", "-n"], { badDay })).code, 30);
});
