/**
 * The contract of the `Disk` port as tests: one suite that every driver passes.
 *
 * What a driver says it lacks (`features`) is tested to be refused with `unsupported`, so a lack
 * can't hide as silence.
 */
import type { Disk, Tree } from "./disk.ts";
import { entryCases } from "./disk_conformance_entries.ts";
import { fileCases } from "./disk_conformance_files.ts";
import { jailCases } from "./disk_conformance_jail.ts";
import { listingCases } from "./disk_conformance_listing.ts";
import { metadataCases } from "./disk_conformance_metadata.ts";
import { scopeCases } from "./disk_conformance_scope.ts";

/** A driver with a place to work in; disposing of it removes the place. */
export interface DiskBed extends Disposable {
  /** The driver, made with `base` as its only root. */
  readonly disk: Disk;
  /** An empty directory, absolute. */
  readonly base: string;
  /**
   * For drivers of the real file system: a second empty directory, absolute, beside `base` and
   * outside the driver's roots. The suite then plants and inspects with `Deno.*` in both.
   */
  readonly outside?: string;
}

/** What one case gets: the bed, and its base opened as a tree. */
export interface DiskCaseBed extends Omit<DiskBed, typeof Symbol.dispose> {
  readonly tree: Tree;
}

/** A clause of the contract and the code that checks it. */
export type DiskCase = readonly [clause: string, check: (bed: DiskCaseBed) => void];

/** Declares the suite for one driver; `make` is called once for every case. */
export function testDisk(name: string, make: () => DiskBed): void {
  const cases = [
    ...fileCases,
    ...entryCases,
    ...listingCases,
    ...metadataCases,
    ...jailCases,
    ...scopeCases,
  ];
  for (const [clause, check] of cases) {
    Deno.test(`${name}: ${clause}`, () => {
      using bed = make();
      using tree = bed.disk.openTree(bed.base);
      check({ disk: bed.disk, base: bed.base, outside: bed.outside, tree });
    });
  }
}

/**
 * A bed in a fresh temporary directory of this machine: `root/base` for the driver to work in and
 * `root/outside` beyond it.
 */
export function makeRealBed(makeDisk: (roots: string[]) => Disk): DiskBed {
  const root = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "orbit-disk-" }));
  const base = `${root}/base`, outside = `${root}/outside`;
  Deno.mkdirSync(base);
  Deno.mkdirSync(outside);
  return {
    disk: makeDisk([base]),
    base,
    outside,
    [Symbol.dispose]: () => Deno.removeSync(root, { recursive: true }),
  };
}
