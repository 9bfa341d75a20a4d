/** Chooses the disk driver. */
import { OrbitError } from "#core/errors.ts";
import { openLibc } from "#core/posix/mod.ts";
import type { Disk } from "./disk.ts";
import { createPosixDisk } from "./disk_posix.ts";
import { createPureDisk } from "./disk_pure.ts";
import type { DriverChoice } from "./worker_protocol.ts";

/**
 * Opens this machine's files under the given roots.
 * @throws `unsupported` when libc is asked for and can't be had; the message says why.
 */
export function openDisk(driver: DriverChoice, roots: string[]): Disk {
  if (driver === "pure") return createPureDisk({ roots });
  const opened = openLibc();
  if ("libc" in opened) return createPosixDisk({ libc: opened.libc, roots });
  if (driver === "auto") return createPureDisk({ roots });
  throw new OrbitError("unsupported", `open libc: ${opened.reason}`);
}
