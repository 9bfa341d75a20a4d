/**
 * File workers: threads with Deno permissions for exactly the roots in use.
 *
 * Calls wait in one queue and go to whichever worker is free; a stream stays with the worker that
 * opened it. A worker that dies is replaced, and what it was doing fails with `unavailable`
 * (retryable), so nothing waits for an answer that can't come.
 */
import { fromErrorData, OrbitError } from "#core/errors.ts";
import { nativeAddonPath } from "#core/hash/mod.ts";
import type { Executor, WorkStream } from "./executor.ts";
import type {
  CallArguments,
  CallName,
  CallResult,
  StreamArguments,
  StreamName,
  StreamOut,
  StreamReturn,
} from "./work/methods.ts";
import type { DriverChoice, Reply, Request, WorkerSetup } from "./worker_protocol.ts";
import { type WorkerPermissions, workerPermissions } from "./worker_permissions.ts";

/** Calls a worker holds at once: one running, one waiting, so it never idles between two. */
const CALLS_PER_WORKER = 2;

/** How often one pool replaces a dead worker before it gives up. */
const MAX_REPLACEMENTS = 8;

export interface WorkerPoolOptions {
  /** Absolute paths that may be read. */
  read: string[];
  /** Absolute paths that may be written, and read. */
  write: string[];
  /** How many workers; at least 1. */
  width: number;
  driver?: DriverChoice;
  /** Another worker program with the same protocol; for fault tests. */
  program?: string;
}

type Pending = { resolve: (value: unknown) => void; reject: (error: unknown) => void };
type Queued = Pending & { name: CallName; args: unknown[] };
type Unnumbered<R> = R extends { id: number } ? Omit<R, "id"> : never;

/** Starts workers and waits until they stand. */
export async function openWorkerPool(options: WorkerPoolOptions): Promise<Executor> {
  const pool = new WorkerPool(options);
  try {
    await pool.start();
  } catch (error) {
    await pool[Symbol.asyncDispose]();
    throw error;
  }
  return pool;
}

class WorkerPool implements Executor {
  readonly width: number;
  readonly #setup: WorkerSetup;
  readonly #cancelled: Int32Array;
  readonly #program: string;
  readonly #permissions: WorkerPermissions;
  readonly #members: Member[] = [];
  readonly #queue: Queued[] = [];
  #replacements = 0;
  #nextStream = 1;
  #closed = false;

  constructor(options: WorkerPoolOptions) {
    this.width = Math.max(1, options.width);
    const roots = [...new Set([...options.read, ...options.write])];
    const shared = new SharedArrayBuffer(4);
    this.#cancelled = new Int32Array(shared);
    const addon = nativeAddonPath();
    this.#setup = {
      driver: options.driver ?? "auto",
      roots,
      addonPath: addon ?? undefined,
      cancelled: shared,
    };
    this.#program = options.program ?? new URL("./worker_main.ts", import.meta.url).href;
    this.#permissions = workerPermissions(roots, options.write, addon);
  }

  async start(): Promise<void> {
    await Promise.all(Array.from({ length: this.width }, () => this.#startMember()));
  }

  #startMember(): Promise<unknown> {
    const member = new Member(this.#program, this.#permissions, (reason) => {
      this.#replace(member, reason);
    });
    this.#members.push(member);
    return member.setUp(this.#setup);
  }

  #replace(dead: Member, reason: string): void {
    this.#members.splice(this.#members.indexOf(dead), 1);
    if (this.#closed) return;
    if (this.#replacements++ >= MAX_REPLACEMENTS) {
      const error = new OrbitError("internal", `file worker: died too often (${reason})`);
      for (const queued of this.#queue.splice(0)) queued.reject(error);
      return;
    }
    // If the replacement can't start, its own death comes back here until the limit is reached.
    this.#startMember().then(() => this.#dispatch(), () => {});
  }

  call<N extends CallName>(name: N, ...args: CallArguments<N>): Promise<CallResult<N>> {
    return new Promise<unknown>((resolve, reject) => {
      if (this.#closed || this.#members.length === 0) {
        reject(new OrbitError("unavailable", "file workers: closed"));
        return;
      }
      this.#queue.push({ name, args, resolve, reject });
      this.#dispatch();
    }) as Promise<CallResult<N>>;
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const free = this.#members.reduce((best, m) => m.calls < best.calls ? m : best);
      if (free.calls >= CALLS_PER_WORKER) return;
      const { name, args, resolve, reject } = this.#queue.shift()!;
      free.calls++;
      free.ask({ kind: "call", name, args }).finally(() => {
        free.calls--;
        if (this.#members.length > 0) this.#dispatch();
      }).then(resolve, reject);
    }
  }

  open<N extends StreamName>(
    name: N,
    ...args: StreamArguments<N>
  ): WorkStream<StreamOut<N>, StreamReturn<N>> {
    const member = this.#members.reduce((best, m) => m.streams < best.streams ? m : best);
    const stream = this.#nextStream++;
    member.streams++;
    const opened = member.ask({ kind: "open", stream, name, args });
    opened.catch(() => {}); // reported by the first `next`
    let ended = false;
    const end = () => {
      if (!ended) member.streams--;
      ended = true;
    };
    return {
      next: async (input) => {
        await opened;
        try {
          const step = await member.ask({ kind: "next", stream, input }) as IteratorResult<
            StreamOut<N>,
            StreamReturn<N>
          >;
          if (step.done) end();
          return step;
        } catch (error) {
          end();
          throw error;
        }
      },
      close: async () => {
        if (ended || this.#closed) return;
        end();
        await member.ask({ kind: "close", stream });
      },
    };
  }

  cancel(): void {
    Atomics.store(this.#cancelled, 0, 1);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const error = new OrbitError("unavailable", "file workers: closed");
    for (const queued of this.#queue.splice(0)) queued.reject(error);
    for (const member of [...this.#members]) member.end(error);
    return Promise.resolve();
  }
}

/** One worker, and the questions it has not answered. */
class Member {
  /** Calls handed to it and not answered; kept by the pool. */
  calls = 0;
  streams = 0;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;

  constructor(
    program: string,
    permissions: WorkerPermissions,
    onDeath: (reason: string) => void,
  ) {
    this.#worker = new Worker(program, {
      type: "module",
      deno: { permissions },
    } as WorkerOptions);
    this.#worker.onmessage = (event: MessageEvent<Reply>) => this.#answer(event.data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      const reason = event.message || "unknown reason";
      this.end(
        new OrbitError("unavailable", `file worker: died: ${reason}`, {
          detail: { retryable: true },
        }),
      );
      onDeath(reason);
    };
  }

  setUp(setup: WorkerSetup): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage(setup);
    });
  }

  ask(request: Unnumbered<Request>): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ...request });
    });
  }

  end(error: OrbitError): void {
    this.#worker.terminate();
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }

  #answer(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (reply.error !== undefined) pending?.reject(fromErrorData(reply.error));
    else pending?.resolve(reply.value);
  }
}
