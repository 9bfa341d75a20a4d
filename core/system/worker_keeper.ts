/** The door to the keeper, which starts file workers for a program that no longer may. */
import { fileURLToPath } from "node:url";
import { OrbitError } from "#core/errors.ts";
import type { WorkerPermissions } from "./worker_permissions.ts";
import type { WorkerSetup } from "./worker_protocol.ts";
import { startWorker, type ThreadEvents, type WorkerThread } from "./worker_thread.ts";
import type { KernelRoots } from "./worker_walls.ts";

/** The first message to a keeper. */
export interface KeeperSetup {
  /** What the file workers run, and may do. */
  program: string;
  permissions: WorkerPermissions;
  /** They have no native hash, and so load a package. */
  needsPackage: boolean;
  /** What the kernel lets the keeper do, and with it those it starts: roots, and code to load. */
  kernelRoots: KernelRoots;
}

/** What a keeper is told. */
export type KeeperOrder = { kind: "start" | "stop"; member: number };

/** What a keeper tells. */
export type KeeperEvent =
  | { kind: "ready" }
  | { kind: "started"; member: number; port: MessagePort }
  | { kind: "died"; member: number; how: string };

/** Where the code is that file workers load: files that the keeper may read beside the roots. */
function codeFolders(program: string): string[] {
  const folders = [new URL("../", import.meta.url), new URL(".", program)];
  const local = folders.filter(({ protocol }) => protocol === "file:");
  return [...new Set(local.map((url) => fileURLToPath(url)))];
}

/** What a {@linkcode Keeper} starts. */
export interface KeptProgram {
  program: string;
  permissions: WorkerPermissions;
  setup: WorkerSetup;
}

/** Starts threads through a keeper. If it dies, so does what it started, and it starts no more. */
export class Keeper {
  /** Resolves when it stands; rejects when it can't. */
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #threads = new Map<number, KeptThread>();
  readonly #isReady = Promise.withResolvers<void>();
  #nextMember = 1;
  #end: OrbitError | undefined;

  /** @throws `denied` when this program lacks a permission that the keeper is to have. */
  constructor({ program, permissions, setup }: KeptProgram) {
    this.ready = this.#isReady.promise;
    this.ready.catch(() => {});
    const code = codeFolders(program);
    const own = new URL("./worker_keeper_main.ts", import.meta.url).href;
    // Deno wants whoever starts a worker to be allowed to read its modules.
    this.#worker = startWorker(own, { ...permissions, read: [...permissions.read, ...code] });
    this.#worker.onmessage = (event: MessageEvent<KeeperEvent>) => this.#hear(event.data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#finish(`keeper of file workers: died: ${event.message || "unknown reason"}`);
    };
    const addon = setup.addonPath === undefined ? [] : [setup.addonPath];
    const read = [...setup.roots, ...addon, ...code];
    const kernelRoots = { read, write: setup.writable };
    this.#worker.postMessage(
      {
        ...{ program, permissions, kernelRoots },
        needsPackage: !isLoadable(setup.addonPath, permissions),
      } satisfies KeeperSetup,
    );
  }

  /** @throws `unavailable` when it is closed or dead. */
  start(events: ThreadEvents): WorkerThread {
    if (this.#end !== undefined) throw this.#end;
    const member = this.#nextMember++;
    const stop = () => {
      this.#threads.delete(member);
      if (this.#end === undefined) this.#tell({ kind: "stop", member });
    };
    const thread = new KeptThread(events, stop);
    this.#threads.set(member, thread);
    this.#tell({ kind: "start", member });
    return thread;
  }

  /** Stops it and everything that it started. */
  close(): void {
    this.#finish("keeper of file workers: closed");
  }

  #tell(order: KeeperOrder): void {
    this.#worker.postMessage(order);
  }

  #hear(event: KeeperEvent): void {
    if (event.kind === "ready") return this.#isReady.resolve();
    const thread = this.#threads.get(event.member);
    if (event.kind === "died") return thread?.die(event.how);
    // Stopped before it had a port.
    if (thread === undefined) event.port.close();
    else thread.connect(event.port);
  }

  #finish(how: string): void {
    if (this.#end !== undefined) return;
    this.#end = new OrbitError("unavailable", how);
    this.#isReady.reject(this.#end);
    this.#worker.terminate();
    for (const thread of [...this.#threads.values()]) thread.die(how);
  }
}

function isLoadable(addon: string | undefined, { ffi }: WorkerPermissions): boolean {
  return addon !== undefined && ffi !== false && ffi.includes(addon);
}

/** A thread that a keeper started; what is posted before its port is here waits for it. */
class KeptThread implements WorkerThread {
  readonly #events: ThreadEvents;
  readonly #tellStop: () => void;
  #waiting: [message: unknown, transfer: Transferable[]][] = [];
  #port: MessagePort | undefined;
  #isOver = false;

  constructor(events: ThreadEvents, tellStop: () => void) {
    this.#events = events;
    this.#tellStop = tellStop;
  }

  connect(port: MessagePort): void {
    this.#port = port;
    port.onmessage = (event) => this.#events.message(event.data);
    port.onmessageerror = () => this.die("gave an unreadable answer");
    for (const posted of this.#waiting.splice(0)) port.postMessage(...posted);
  }

  post(message: unknown, transfer: Transferable[] = []): void {
    if (this.#isOver) return;
    if (this.#port === undefined) this.#waiting.push([message, transfer]);
    else this.#port.postMessage(message, transfer);
  }

  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = [];
    this.#port?.close();
    this.#tellStop();
  }

  die(how: string): void {
    if (this.#isOver) return;
    this.stop();
    this.#events.death(how);
  }
}
