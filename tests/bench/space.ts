/** Where a benchmark works: memory, so that no disk's mood is in the figures. */
import { mountTmpfs } from "../support/mount.ts";
import { makeTempDirectory } from "../support/temp.ts";

export interface Space extends Disposable {
  /** Data and copies. */
  data: string;
  /** Homes of the programs: their state, caches and configuration. */
  homes: string;
}

/** Of the memory that is free, how much the data may take. */
const SHARE = 0.8;

/**
 * A tmpfs of our own; where mounting isn't allowed, `/dev/shm` for the data and the disk for homes,
 * because Deno opens no database below `/dev`.
 */
export function openSpace(): Space {
  const mounted = mountTmpfs({ sizeBytes: availableMemory() * SHARE });
  if (mounted !== null) {
    return { data: mounted.path, homes: mounted.path, [Symbol.dispose]: mounted[Symbol.dispose] };
  }
  const memory = makeTempDirectory({ on: "memory" });
  const disk = makeTempDirectory({ on: "disk" });
  const dispose = () => {
    memory[Symbol.dispose]();
    disk[Symbol.dispose]();
  };
  return { data: memory.path, homes: disk.path, [Symbol.dispose]: dispose };
}

function availableMemory(): number {
  const found = /^MemAvailable:\s+(\d+) kB/m.exec(Deno.readTextFileSync("/proc/meminfo"));
  if (found === null) throw new Error('read "/proc/meminfo": no MemAvailable');
  return Number(found[1]) * 1024;
}
