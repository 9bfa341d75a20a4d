/** Chooses the disk driver. */
import { OrbitError } from "#core/errors.ts";
import { type LibcOpening, openLibc } from "#core/posix/mod.ts";
import type { Disk } from "./disk.ts";
import { createPosixDisk } from "./disk_posix.ts";
import type { DriverChoice } from "./worker_protocol.ts";

/** What {@linkcode openDisk} may be told. */
export interface OpenDiskOptions {
  /** Makes symbolic links for the pure driver, where this thread may not. */
  makeSymlink?: (target: string, host: string) => void;
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
  { makeSymlink, libc }: OpenDiskOptions = {},
): Promise<Disk> {
  if (driver !== "pure") {
    const opened = libc ?? openLibc();
    if ("libc" in opened) return createPosixDisk({ libc: opened.libc, roots });
    if (driver === "posix") throw new OrbitError("unsupported", `open libc: ${opened.reason}`);
  }
  // Imported only when it is needed: Node's file module slows every start down.
  const { createPureDisk } = await import("./disk_pure.ts");
  return createPureDisk({ roots, makeSymlink });
}
