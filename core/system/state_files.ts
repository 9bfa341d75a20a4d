/** A program's own state, kept by a worker that may touch its directory and nothing else. */
import { type ErrorData, fromErrorData, OrbitError } from "#core/errors.ts";
import type { Walls } from "./walls.ts";
import { workerPermissions } from "./worker_permissions.ts";
import { startHere, type WorkerThread } from "./worker_thread.ts";

/**
 * Small files directly in one directory: certificates, keys, a journal. Names are single names that
 * don't start with a dot. Calls are carried out one after the other, in the order they were made.
 */
export interface StateFiles extends AsyncDisposable {
  /** Which walls stand around the worker, found out by trying. */
  readonly walls: Walls;
  /**
   * A file's content; null when there is none.
   *
   * @throws `exhausted` when it has more than 16 MiB.
   */
  read(name: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /**
   * Replaces a file, mode 0600: afterwards, and after a crash or loss of power at any moment, it is
   * the old one or the new one as a whole. Once this resolves it is the new one.
   */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /**
   * Adds to the end of a file that exists. Once this resolves it survives a loss of power; when it
   * rejects, or doesn't come to an end, any part of the bytes may have been added.
   */
  append(name: string, bytes: Uint8Array): Promise<void>;
  /** Removes a file, if there is one. */
  remove(name: string): Promise<void>;
  /** Names of the files, sorted by their bytes. */
  list(): Promise<string[]>;
}

/** The first message to the worker. */
export interface StateSetup {
  directory: string;
}

/** What the worker is asked. */
export type StateRequest =
  & { id: number }
  & (
    | { kind: "read" | "remove"; name: string }
    | { kind: "write" | "append"; name: string; bytes: Uint8Array }
    | { kind: "list" }
  );

/** Its answer; id 0 answers the setup. */
export interface StateReply {
  id: number;
  value?: unknown;
  error?: ErrorData;
}

/** Calls that may wait; more are refused. */
const MAX_WAITING = 256;

type Pending = { resolve: (value: unknown) => void; reject: (error: unknown) => void };
type Unnumbered<R> = R extends unknown ? Omit<R, "id"> : never;

/**
 * Starts the worker. It goes on to work when this program gives up its own permissions, so open it
 * before `openConfinedSystem`. If it dies, every call fails with `unavailable`.
 *
 * @param directory The absolute path of a directory that exists.
 * @throws `not_found` when it doesn't exist, `denied` when this program may not read and write it.
 */
export async function openStateFiles(directory: string): Promise<StateFiles> {
  const door = new StateDoor(directory);
  try {
    const walls = await door.ready as Walls;
    return {
      walls,
      read: (name) => door.ask({ kind: "read", name }) as Promise<Uint8Array<ArrayBuffer> | null>,
      write: (name, bytes) => door.ask({ kind: "write", name, bytes }) as Promise<void>,
      append: (name, bytes) => door.ask({ kind: "append", name, bytes }) as Promise<void>,
      remove: (name) => door.ask({ kind: "remove", name }) as Promise<void>,
      list: () => door.ask({ kind: "list" }) as Promise<string[]>,
      [Symbol.asyncDispose]: () => door.close(),
    };
  } catch (error) {
    door.end(new OrbitError("unavailable", "state files: closed"));
    throw error;
  }
}

/** One of the files. */
export function stateFile(files: StateFiles, name: string) {
  return {
    read: () => files.read(name),
    write: (bytes: Uint8Array) => files.write(name, bytes),
  };
}

class StateDoor {
  readonly ready: Promise<unknown>;
  readonly #thread: WorkerThread;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #end: OrbitError | undefined;

  constructor(directory: string) {
    const program = new URL("./state_worker_main.ts", import.meta.url).href;
    const start = startHere(program, workerPermissions([directory], [directory], null));
    this.#thread = start({
      message: (data) => this.#answer(data as StateReply),
      death: (how) => this.end(new OrbitError("unavailable", `state files: their worker ${how}`)),
    });
    this.ready = this.#expect(0);
    this.#thread.post({ directory } satisfies StateSetup);
  }

  ask(request: Unnumbered<StateRequest>): Promise<unknown> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    if (this.#pending.size >= MAX_WAITING) {
      const message = `state files: ${MAX_WAITING} calls are waiting already`;
      return Promise.reject(new OrbitError("exhausted", message, { detail: { retryable: true } }));
    }
    const id = this.#nextId++;
    this.#thread.post({ id, ...request });
    return this.#expect(id);
  }

  /** Waits for what was asked, then stops the worker. */
  async close(): Promise<void> {
    if (this.#end === undefined) await this.ask({ kind: "list" }).catch(() => {});
    this.end(new OrbitError("unavailable", "state files: closed"));
  }

  end(error: OrbitError): void {
    if (this.#end !== undefined) return;
    this.#end = error;
    this.#thread.stop();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  #expect(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
  }

  #answer({ id, value, error }: StateReply): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error !== undefined) pending?.reject(fromErrorData(error));
    else pending?.resolve(value);
  }
}
