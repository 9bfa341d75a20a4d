/** That something about a job changed, told to those who follow it. */
import type { JobId } from "#core/magnetar/mod.ts";

/** Who follows which job. */
export class JobChanges {
  readonly #listeners = new Map<JobId, Set<() => void>>();

  /** Calls the listener whenever the job's state or progress changed, until disposed. */
  listen(id: JobId, listener: () => void): Disposable {
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners);
    const own = () => listener();
    listeners.add(own);
    return {
      [Symbol.dispose]: () => {
        listeners.delete(own);
        if (listeners.size === 0) this.#listeners.delete(id);
      },
    };
  }

  /** Tells those who follow the job. Listeners must not throw. */
  readonly tell = (id: JobId): void => {
    for (const listener of [...this.#listeners.get(id) ?? []]) listener();
  };

  /** How many jobs are followed. */
  get size(): number {
    return this.#listeners.size;
  }
}
