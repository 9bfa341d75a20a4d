/** Files in memory, behind the same door as real ones; for tests and simulations. */
import type { Disk } from "./disk.ts";
import { createDiskSystem } from "./disk_system.ts";
import { createInlineExecutor } from "./executor.ts";
import type { OrbitSystem } from "./system.ts";

/** A system whose work runs in this thread on the given disk, usually one in memory. */
export async function openInlineSystem(disk: Disk, name = "memory"): Promise<OrbitSystem> {
  return createDiskSystem(name, await createInlineExecutor(disk));
}
