/** This machine's files. */
import { createDiskSystem } from "./disk_system.ts";
import type { OrbitSystem } from "./system.ts";
import type { Walls } from "./walls.ts";
import { openWorkerPool, type WorkerPoolOptions } from "./worker_pool.ts";

/** Options of {@linkcode openLocalSystem}. */
export interface LocalSystemOptions extends Omit<WorkerPoolOptions, "width"> {
  /** File workers; default one a processor, at least 2 and at most 8. */
  width?: number;
  /** What it is called; "local" unless given. */
  name?: string;
  /** When aborted, work that is running stops at its next chance. */
  signal?: AbortSignal;
}

/** This machine's files, behind walls. */
export interface LocalSystem extends OrbitSystem {
  /** Which walls stand around all of the file workers, found out by trying. */
  walls(): Promise<Walls>;
}

/**
 * Opens this machine's files under the given roots. All file work runs in workers behind three
 * walls: Orbit resolves paths beneath held roots only, the workers' Deno permissions name exactly
 * the roots, and where libc can be loaded a Landlock domain grants exactly them.
 *
 * @throws `denied` when this program lacks a permission that the workers need.
 * @throws `not_found` when a root doesn't exist.
 */
export async function openLocalSystem(options: LocalSystemOptions): Promise<LocalSystem> {
  options.signal?.throwIfAborted();
  const width = options.width ?? Math.min(8, Math.max(2, navigator.hardwareConcurrency));
  const pool = await openWorkerPool({ ...options, width });
  options.signal?.addEventListener("abort", () => pool.cancel(), { once: true });
  const system = createDiskSystem(options.name ?? "local", pool);
  return Object.assign(system, { walls: () => pool.walls() });
}
