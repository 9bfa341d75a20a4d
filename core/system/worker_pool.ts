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
import { confineExecutor } from "./confine.ts";
import type { Executor, WorkStream } from "./executor.ts";
import { firstOf } from "./first_of.ts";
import { IdleWatch } from "./idle_watch.ts";
import type {
  CallArguments,
  CallName,
  CallResult,
  StreamArguments,
  StreamName,
  StreamOut,
  StreamReturn,
} from "./work/methods.ts";
import { type Walls, weakestWalls } from "./walls.ts";
import { chooseForCall, chooseForStream } from "./worker_choice.ts";
import type { Keeper } from "./worker_keeper.ts";
import { WorkerMember } from "./worker_member.ts";
import { type WorkerPermissions, workerPermissions } from "./worker_permissions.ts";
import type { WorkerPoolOptions } from "./worker_pool_options.ts";
import type { Work, WorkerSetup } from "./worker_protocol.ts";
import { failedStream, openStream } from "./worker_stream.ts";
import {
  startHere,
  type ThreadEvents,
  type ThreadStarter,
  type WorkerThread,
} from "./worker_thread.ts";

/** Calls a worker holds at once: one running, one waiting, so it never idles between two. */
const CALLS_PER_WORKER = 2;

/** How long a pool goes without work before it stops the workers beyond its least. */
const IDLE_MS = 60_000;

/** Dead workers a pool replaces, beside one of each place, with nothing answered in between. */
const MAX_DEATHS = 8;

/** An executor over workers. */
export interface WorkerPool extends Executor {
  /** How many workers there are now, those that still start included. */
  readonly workers: number;
  /** Which walls stand around all of the workers, found out by trying. */
  walls(): Promise<Walls>;
}

interface Queued {
  work: Work<CallName>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** A pool that can be asked already, while its first worker starts. */
export interface StartingPool extends WorkerPool {
  /**
   * Starts the other workers and waits until the first of them all stands, with a keeper until all
   * do. The others join as they come. The pool is closed when that fails, which it does when the
   * pool is closed meanwhile.
   */
  stand(): Promise<void>;
}

/**
 * Starts the first worker of a pool. Streams that are opened at once begin in it as soon as it
 * stands, while this thread still starts the others, which takes it long.
 */
export function startWorkerPool(options: WorkerPoolOptions): StartingPool {
  return new MemberPool(options);
}

/** Starts workers and waits until they stand, as {@linkcode StartingPool.stand} does. */
export async function openWorkerPool(options: WorkerPoolOptions): Promise<WorkerPool> {
  const pool = startWorkerPool(options);
  await pool.stand();
  return pool;
}

class MemberPool implements StartingPool {
  readonly width: number;
  readonly #least: number;
  readonly #idle: IdleWatch;
  readonly #setup: WorkerSetup;
  readonly #cancelled: Int32Array;
  readonly #write: readonly string[];
  readonly #startHere: ThreadStarter;
  readonly #openKeeper: (() => Promise<Keeper>) | undefined;
  #keeper: Keeper | undefined;
  readonly #members: WorkerMember[] = [];
  readonly #queue: Queued[] = [];
  #deathsInARow = 0;
  #nextStream = 1;
  /** Why nothing can be asked any more: closed, or given up. */
  #end: OrbitError | undefined;

  constructor(options: WorkerPoolOptions) {
    this.width = Math.max(1, options.width);
    this.#least = Math.min(this.width, Math.max(1, options.least ?? this.width));
    this.#idle = new IdleWatch(options.idleMs ?? IDLE_MS, {
      isBusy: () => this.#members.some(({ calls, load }) => calls > 0 || load > 0),
      onIdle: () => this.#shrink(),
    });
    const roots = [...new Set([...options.read, ...options.write])];
    const shared = new SharedArrayBuffer(4);
    this.#cancelled = new Int32Array(shared);
    const addon = nativeAddonPath();
    this.#setup = {
      driver: options.driver ?? "auto",
      roots,
      writable: [...options.write, ...options.linkFrom ?? []],
      addonPath: addon ?? undefined,
      hashFirst: options.keeper ?? false,
      cancelled: shared,
    };
    this.#write = options.write;
    const program = options.program ?? new URL("./worker_main.ts", import.meta.url).href;
    const permissions = workerPermissions(roots, options.write, addon);
    this.#startHere = startHere(program, permissions);
    if (options.keeper) this.#openKeeper = () => openKeeper(program, permissions, this.#setup);
    this.#addMember();
  }

  async stand(): Promise<void> {
    try {
      if (this.#end !== undefined) throw this.#end;
      const members = [...this.#members];
      while (members.length < this.#least) members.push(this.#addMember());
      const keeper = await this.#openKeeper?.();
      if (this.#end !== undefined) {
        keeper?.close();
        throw this.#end;
      }
      this.#keeper = keeper;
      const ready = members.map((member) => member.ready);
      // Whoever gives up permissions next must not do so while any of them is still being started.
      if (this.#keeper !== undefined) await Promise.all([...ready, this.#keeper.ready]);
      else await firstOf(ready);
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }

  get workers(): number {
    return this.#members.length;
  }

  #addMember(): WorkerMember {
    const member = new WorkerMember({
      start: (events) => this.#startThread(events),
      setup: this.#setup,
      write: this.#write,
      onDeath: (reason) => this.#replace(member, reason),
    });
    this.#members.push(member);
    member.ready.then(() => this.#dispatch(), () => {}); // `onDeath` deals with the other case
    return member;
  }

  /** Here while this program still may, which is a second faster than through the keeper. */
  #startThread(events: ThreadEvents): WorkerThread {
    try {
      return this.#startHere(events);
    } catch (error) {
      const isGivenUp = error instanceof OrbitError && error.code === "denied";
      if (this.#keeper === undefined || !isGivenUp) throw error;
      return this.#keeper.start(events);
    }
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
    return this.#call({ name, args }) as Promise<CallResult<N>>;
  }

  within(scope: readonly string[]): Executor {
    return confineExecutor(this, scope, {
      call: (work) => this.#call(work),
      open: (work) => this.#open(work),
    });
  }

  #call(work: Work<CallName>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end);
      this.#queue.push({ work, resolve, reject });
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const free = chooseForCall(this.#members, CALLS_PER_WORKER);
      if (free === undefined) return this.#grow();
      this.#run(free, this.#queue.shift()!);
    }
  }

  /** One worker more, if there may be and none is on its way. */
  #grow(): void {
    if (this.workers >= this.width || this.#members.some((member) => !member.isReady)) return;
    try {
      this.#addMember();
    } catch {
      return; // those that are there go on
    }
    this.#idle.watch();
  }

  /** Ends those beyond the least. */
  #shrink(): void {
    const error = new OrbitError("unavailable", "file worker: there was nothing for it to do");
    for (const member of this.#members.splice(this.#least)) member.end(error);
  }

  #run(member: WorkerMember, { work, resolve, reject }: Queued): void {
    member.calls++;
    this.#idle.noteUse();
    member.ask({ kind: "call", ...work }).finally(() => {
      member.calls--;
      if (!member.isDead) this.#deathsInARow = 0;
      this.#dispatch();
    }).then(resolve, reject);
  }

  open<N extends StreamName>(
    name: N,
    ...args: StreamArguments<N>
  ): WorkStream<StreamOut<N>, StreamReturn<N>> {
    return this.#open({ name, args }) as WorkStream<StreamOut<N>, StreamReturn<N>>;
  }

  #open(work: Work<StreamName>): WorkStream<unknown, unknown> {
    if (this.#end !== undefined) return failedStream(this.#end);
    this.#idle.noteUse();
    const member = chooseForStream(this.#members)!;
    if (member.load > 0) this.#grow();
    return openStream(member, this.#nextStream++, work);
  }

  async walls(): Promise<Walls> {
    if (this.#end !== undefined) throw this.#end;
    const asked = this.#members.map((member) => member.ask({ kind: "walls" }));
    return weakestWalls(await Promise.all(asked) as Walls[]);
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
    this.#idle.stop();
    for (const queued of this.#queue.splice(0)) queued.reject(error);
    for (const member of this.#members.splice(0)) member.end(error);
    this.#keeper?.close();
  }
}

async function openKeeper(
  program: string,
  permissions: WorkerPermissions,
  setup: WorkerSetup,
): Promise<Keeper> {
  // Imported only when it is needed: most programs never are confined themselves.
  const { Keeper } = await import("./worker_keeper.ts");
  return new Keeper({ program, permissions, setup });
}
