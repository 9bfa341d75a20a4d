/** What the tests of the posix driver share. */
import type { Libc } from "#core/posix/mod.ts";
import { openWholeLibc } from "#core/posix/test_help.ts";
import type { Disk, Tree } from "./disk.ts";
import { makeRealBed } from "./disk_conformance.ts";
import { createPosixDisk } from "./disk_posix.ts";

const opened = openWholeLibc();

/** The C library; tests that need it are skipped where it can't be had. */
export const libc = "libc" in opened ? opened.libc : null as unknown as Libc;

/** A driver on a fresh directory with an outside beside it, and its base as a tree. */
export interface PosixBed extends Disposable {
  disk: Disk;
  base: string;
  outside: string;
  tree: Tree;
}

/** Makes a {@linkcode PosixBed}. */
export function makePosixBed(): PosixBed {
  const bed = makeRealBed((roots) => createPosixDisk({ libc, roots }));
  const { disk, base } = bed;
  const tree = disk.openTree(base);
  return {
    disk,
    base,
    tree,
    outside: bed.outside!,
    [Symbol.dispose]() {
      tree[Symbol.dispose]();
      (disk as Disk & Disposable)[Symbol.dispose]();
      bed[Symbol.dispose]();
    },
  };
}

/** Declares a test that gets a bed, skipped without the library. */
export function testPosix(name: string, check: (bed: PosixBed) => void | Promise<void>): void {
  Deno.test({
    name: `posix disk: ${name}`,
    ignore: !("libc" in opened),
    fn: async () => {
      using bed = makePosixBed();
      await check(bed);
    },
  });
}
