/** What a Star says of its machine, every few seconds. */
import { cpus } from "node:os";

/** Facts of the machine and of this process. */
export interface MachineFacts {
  /** Of all processors since the last look, 0 to 100. */
  cpuPercent: number;
  memoryUsedBytes: number;
  memoryTotalBytes: number;
  /** Of this process. */
  residentBytes: number;
  /** Of the last minute. */
  load: number;
}

/**
 * Looks at the machine. Needs `--allow-sys=cpus,loadavg,systemMemoryInfo`; what may not be seen is
 * told as 0.
 */
export class MachineMeter {
  #busy = 0;
  #total = 0;

  constructor() {
    this.#cpuPercent();
  }

  look(): MachineFacts {
    const memory = attempt(() => Deno.systemMemoryInfo());
    return {
      cpuPercent: this.#cpuPercent(),
      memoryTotalBytes: memory?.total ?? 0,
      memoryUsedBytes: memory === undefined ? 0 : memory.total - memory.available,
      residentBytes: Deno.memoryUsage().rss,
      load: attempt(() => Deno.loadavg()[0]) ?? 0,
    };
  }

  #cpuPercent(): number {
    let busy = 0, total = 0;
    for (const { times } of attempt(() => cpus()) ?? []) {
      const all = times.user + times.nice + times.sys + times.irq;
      busy += all;
      total += all + times.idle;
    }
    const [busyNow, totalNow] = [busy - this.#busy, total - this.#total];
    [this.#busy, this.#total] = [busy, total];
    return totalNow <= 0 ? 0 : Math.min(100, Math.max(0, 100 * busyNow / totalNow));
  }
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}
