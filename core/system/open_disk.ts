/** Chooses the disk driver. */
import { OrbitError } from "#core/errors.ts";
import { type LibcOpening, openLibc } from "#core/posix/mod.ts";
import type { Disk } from "./disk.ts";
import { createDirectedDisk } from "./disk_directed.ts";
import { createPosixDisk } from "./disk_posix.ts";
import type { DriverChoice } from "./worker_protocol.ts";

/** What {@linkcode openDisk} may be told. */
export interface OpenDiskOptions {
  /** Makes symbolic links for the pure driver, where this thread may not. */
  makeSymlink?: (target: string, host: string) => void;
  /** Those of the roots, or others, beneath which changes are made; every root unless given. */
  writable?: string[];
  /** The C library, where this thread has opened it already. */
  libc?: LibcOpening;
}

/**
 * Opens this machine's files under the given roots.
 * @throws `unsupported` when libc is asked for and can't be had; the message says why.
 */
export async function openDisk(
  driver: DriverChoice,
  roots: string[],
  options: OpenDiskOptions = {},
): Promise<Disk> {
  const create = await chooseDriver(driver, options);
  const { writable = roots } = options;
  const disk = create(roots);
  if (roots.every((root) => writable.includes(root))) return disk;
  return createDirectedDisk(disk, writable.length === 0 ? null : create(writable));
}

async function chooseDriver(
  driver: DriverChoice,
  { makeSymlink, libc }: OpenDiskOptions,
): Promise<(roots: string[]) => Disk> {
  if (driver !== "pure") {
    const opened = libc ?? openLibc();
    if ("libc" in opened) return (roots) => createPosixDisk({ libc: opened.libc, roots });
    if (driver === "posix") throw new OrbitError("unsupported", `open libc: ${opened.reason}`);
  }
  // Imported only when it is needed: Node's file module slows every start down.
  const { createPureDisk } = await import("./disk_pure.ts");
  return (roots) => createPureDisk({ roots, makeSymlink });
}
