/** Threads that run file workers, whoever started them. */
import { OrbitError } from "#core/errors.ts";
import type { WorkerPermissions } from "./worker_permissions.ts";

/** What a thread tells the one it works for. */
export interface ThreadEvents {
  message(data: unknown): void;
  /** It is of no use any more; the text says how that came. Not called once it was stopped. */
  death(how: string): void;
}

/** A thread that runs a worker program. */
export interface WorkerThread {
  /** The buffers named in `transfer` are handed over instead of copied. */
  post(message: unknown, transfer?: Transferable[]): void;
  /** Stops it, at once. */
  stop(): void;
}

/**
 * Starts a thread.
 *
 * @throws `denied` when this program lacks a permission that the thread is to have.
 */
export type ThreadStarter = (events: ThreadEvents) => WorkerThread;

/** Threads that this thread starts itself. */
export function startHere(program: string, permissions: WorkerPermissions): ThreadStarter {
  return (events) => {
    const worker = startWorker(program, permissions);
    worker.onmessage = (event) => events.message(event.data);
    worker.onerror = (event) => {
      event.preventDefault();
      events.death(`died: ${event.message || "unknown reason"}`);
    };
    worker.onmessageerror = () => events.death("gave an unreadable answer");
    return {
      post: (message, transfer = []) => worker.postMessage(message, transfer),
      stop: () => worker.terminate(),
    };
  };
}

/**
 * Starts a worker with exactly the given permissions.
 *
 * @throws `denied` when this program lacks one of them.
 */
export function startWorker(program: string, permissions: WorkerPermissions): Worker {
  try {
    return new Worker(program, { type: "module", deno: { permissions } } as WorkerOptions);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    const reason = "this program lacks a permission that it needs";
    throw new OrbitError("denied", `start file worker: ${reason} (${error.message})`, {
      cause: error,
    });
  }
}
