/**
 * File workers: threads with Deno permissions for exactly the roots in use.
 *
 * Calls wait in one queue and go to whichever worker is free; a stream stays with the worker that
 * opened it. A worker that dies is replaced, and what it was doing fails with `unavailable`
 * (retryable), so nothing waits for an answer that can't come. Workers that do nothing but die are
 * given up after a while: then everything fails with `internal`.
 */
import { OrbitError, toOrbitError } from "#core/errors.ts";
import { nativeAddonPath } from "#core/hash/mod.ts";
import type { ScanRequest } from "./system.ts";
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
import { WorkerMember } from "./worker_member.ts";
import { type WorkerPermissions, workerPermissions } from "./worker_permissions.ts";
import type { DriverChoice, WorkerSetup } from "./worker_protocol.ts";

/** Calls a worker holds at once: one running, one waiting, so it never idles between two. */
const CALLS_PER_WORKER = 2;

/** Dead workers a pool replaces, beside one of each place, with nothing answered in between. */
const MAX_DEATHS = 8;

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

interface Queued {
  name: CallName;
  args: unknown[];
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

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
  readonly #members: WorkerMember[] = [];
  readonly #queue: Queued[] = [];
  #deathsInARow = 0;
  #nextStream = 1;
  /** Why nothing can be asked any more: closed, or given up. */
  #end: OrbitError | undefined;

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
    const members = Array.from({ length: this.width }, () => this.#addMember());
    await Promise.all(members.map((member) => member.ready));
  }

  #addMember(): WorkerMember {
    const member = new WorkerMember({
      program: this.#program,
      permissions: this.#permissions,
      setup: this.#setup,
      onDeath: (reason) => this.#replace(member, reason),
    });
    this.#members.push(member);
    member.ready.then(() => this.#dispatch(), () => {}); // `onDeath` deals with the other case
    return member;
  }

  #replace(dead: WorkerMember, reason: OrbitError): void {
    this.#members.splice(this.#members.indexOf(dead), 1);
    if (this.#end !== undefined) return;
    this.#deathsInARow++;
    try {
      if (this.#deathsInARow <= MAX_DEATHS + this.width) this.#addMember();
    } catch (error) {
      reason = toOrbitError(error); // this program may have given up the permission since
    }
    if (this.#members.length > 0) return;
    this.#finish(
      new OrbitError("internal", `file workers: all died (${reason.message})`, { cause: reason }),
    );
  }

  call<N extends CallName>(name: N, ...args: CallArguments<N>): Promise<CallResult<N>> {
    return new Promise<unknown>((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end);
      this.#queue.push({ name, args, resolve, reject });
      this.#dispatch();
    }) as Promise<CallResult<N>>;
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const ready = this.#members.filter((member) => member.isReady);
      if (ready.length === 0) return;
      const free = ready.reduce((best, m) => m.calls < best.calls ? m : best);
      if (free.calls >= CALLS_PER_WORKER) return;
      this.#run(free, this.#queue.shift()!);
    }
  }

  #run(member: WorkerMember, { name, args, resolve, reject }: Queued): void {
    member.calls++;
    member.ask({ kind: "call", name, args }).finally(() => {
      member.calls--;
      if (!member.isDead) this.#deathsInARow = 0;
      this.#dispatch();
    }).then(resolve, reject);
  }

  open<N extends StreamName>(
    name: N,
    ...args: StreamArguments<N>
  ): WorkStream<StreamOut<N>, StreamReturn<N>> {
    if (this.#end !== undefined) return failedStream(this.#end);
    return openStream(this.#leastLoaded(), this.#nextStream++, name, args) as WorkStream<
      StreamOut<N>,
      StreamReturn<N>
    >;
  }

  #leastLoaded(): WorkerMember {
    const ready = this.#members.filter((member) => member.isReady);
    const members = ready.length > 0 ? ready : this.#members;
    return members.reduce((best, m) => m.load < best.load ? m : best);
  }

  cancel(): void {
    Atomics.store(this.#cancelled, 0, 1);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#finish(new OrbitError("unavailable", "file workers: closed"));
    return Promise.resolve();
  }

  #finish(error: OrbitError): void {
    this.#end ??= error;
    for (const queued of this.#queue.splice(0)) queued.reject(error);
    for (const member of this.#members.splice(0)) member.end(error);
  }
}

/** Work of several steps in one worker. */
function openStream(
  member: WorkerMember,
  stream: number,
  name: StreamName,
  args: unknown[],
): WorkStream<unknown, unknown> {
  const load = loadOf(name, args);
  member.load += load;
  const opened = member.ask({ kind: "open", stream, name, args });
  opened.catch(() => {}); // reported by the first `next`
  let ended = false;
  const end = () => {
    if (!ended) member.load -= load;
    ended = true;
  };
  return {
    next: async (input) => {
      try {
        await opened;
        const step = await member.ask({ kind: "next", stream, input });
        if ((step as IteratorResult<unknown>).done) end();
        return step as IteratorResult<unknown>;
      } catch (error) {
        end();
        throw error;
      }
    },
    close: async () => {
      if (ended) return;
      end();
      await opened.catch(() => {});
      // With a dead worker everything that the stream held is gone.
      if (!member.isDead) await member.ask({ kind: "close", stream });
    },
  };
}

/** More than the short streams that are open at a time. */
const WHOLE_SCAN_LOAD = 16;

/** A scan of a whole tree keeps its worker busy; other streams are better opened elsewhere. */
function loadOf(name: StreamName, args: unknown[]): number {
  return name === "scan" && (args[0] as ScanRequest).recursive ? WHOLE_SCAN_LOAD : 1;
}

function failedStream(error: OrbitError): WorkStream<never, never> {
  return { next: () => Promise.reject(error), close: () => Promise.resolve() };
}
