/** This machine's files. */
import { createDiskSystem } from "./disk_system.ts";
import type { OrbitSystem } from "./system.ts";
import { openWorkerPool, type WorkerPoolOptions } from "./worker_pool.ts";

/** Options of {@linkcode openLocalSystem}. */
export interface LocalSystemOptions extends Omit<WorkerPoolOptions, "width"> {
  /** File workers; default one a processor, at least 2 and at most 8. */
  width?: number;
  /** When aborted, work that is running stops at its next chance. */
  signal?: AbortSignal;
}

/**
 * Opens this machine's files under the given roots. All file work runs in workers whose Deno
 * permissions name exactly those roots; where libc can be loaded the kernel confines it as well.
 *
 * @throws `denied` when this program lacks a permission that the workers need.
 * @throws `not_found` when a root doesn't exist.
 */
export async function openLocalSystem(options: LocalSystemOptions): Promise<OrbitSystem> {
  options.signal?.throwIfAborted();
  const width = options.width ?? Math.min(8, Math.max(2, navigator.hardwareConcurrency));
  const pool = await openWorkerPool({ ...options, width });
  options.signal?.addEventListener("abort", () => pool.cancel(), { once: true });
  return createDiskSystem("local", pool);
}
