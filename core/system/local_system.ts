/** This machine's files. */
import { createDiskSystem } from "./disk_system.ts";
import type { OrbitSystem } from "./system.ts";
import type { Walls } from "./walls.ts";
import { startWorkerPool } from "./worker_pool.ts";
import type { WorkerPoolOptions } from "./worker_pool_options.ts";

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

/** This machine's files, while the workers that reach them start. */
export interface StartingSystem extends LocalSystem {
  /**
   * Starts the workers that are missing and waits until one stands.
   *
   * @throws `not_found` when a root doesn't exist. The system is closed then.
   */
  stand(): Promise<void>;
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
  const system = startLocalSystem(options);
  await system.stand();
  return system;
}

/**
 * As {@linkcode openLocalSystem}, but without waiting. Scans that are asked for at once begin while
 * the caller, which starting a worker keeps busy, does what else there is to prepare.
 *
 * @throws `denied` when this program lacks a permission that the workers need.
 */
export function startLocalSystem(options: LocalSystemOptions): StartingSystem {
  options.signal?.throwIfAborted();
  const width = options.width ?? Math.min(8, Math.max(2, navigator.hardwareConcurrency));
  const pool = startWorkerPool({ ...options, width });
  options.signal?.addEventListener("abort", () => pool.cancel(), { once: true });
  const system = createDiskSystem(options.name ?? "local", pool);
  return Object.assign(system, { walls: () => pool.walls(), stand: () => pool.stand() });
}
