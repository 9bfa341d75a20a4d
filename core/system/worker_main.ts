/**
 * A file worker: runs file work for one `WorkerPool`, one message at a time.
 *
 * Started with Deno permissions for exactly its roots, it enters a Landlock domain of the same roots
 * before it serves anything. All file work is synchronous, so that the domain holds for all of it.
 */
import { toErrorData } from "#core/errors.ts";
import { openBlake3 } from "#core/hash/mod.ts";
import { openLibc } from "#core/posix/mod.ts";
import { openDisk } from "./open_disk.ts";
import type { Walls } from "./walls.ts";
import { WorkContext } from "./work/context.ts";
import type { WorkStep } from "./executor.ts";
import { HASHLESS, READERS, runCall, startStream } from "./work/methods.ts";
import { createLinkAsker } from "./worker_links.ts";
import {
  type PortMessage,
  type Reply,
  type Request,
  transferables,
  type WorkerSetup,
} from "./worker_protocol.ts";
import { enterKernelWall, giveUpLibraries, type KernelRoots, probeWalls } from "./worker_walls.ts";

/** Either end that a pool's messages come through: the worker's own, or a port. */
interface Endpoint {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown, transfer?: Transferable[]): void;
}

/** What a worker is made of; tests put other parts in. */
interface WorkerParts {
  open: typeof openDisk;
  enterKernelWall: typeof enterKernelWall;
  giveUpLibraries: typeof giveUpLibraries;
}

/**
 * Answers a `WorkerPool` from this thread, with files as `open` gives them, behind every wall that
 * a test doesn't leave out.
 */
export function serveFileWork(
  open: typeof openDisk,
  walls: Partial<Omit<WorkerParts, "open">> = {},
): void {
  const parts = { open, enterKernelWall, giveUpLibraries, ...walls };
  const own = self as unknown as Endpoint;
  own.onmessage = (event: MessageEvent<WorkerSetup | PortMessage>) => {
    const message = event.data;
    if (!("port" in message)) return void start(own, parts, message);
    const { port } = message;
    port.onmessage = (event: MessageEvent<WorkerSetup>) => void start(port, parts, event.data);
  };
}

async function start(
  pool: Endpoint,
  parts: WorkerParts,
  setup: WorkerSetup,
): Promise<void> {
  const early: MessageEvent[] = [];
  pool.onmessage = (event) => void early.push(event);
  try {
    const work = await prepare(pool, parts, setup);
    serve(pool, work);
    pool.postMessage({ id: 0, value: work.context.disk.name } satisfies Reply);
    for (const event of early) pool.onmessage(event);
  } catch (error) {
    pool.postMessage({ id: 0, error: toErrorData(error) } satisfies Reply);
  }
}

/** What a worker serves with. */
interface Work {
  context: WorkContext;
  /** Loads the hash, if that is still to be done. */
  loadHash(): Promise<void>;
  walls(): Walls;
}

/** Opens everything, then closes the kernel's wall around this thread. */
async function prepare(pool: Endpoint, parts: WorkerParts, setup: WorkerSetup): Promise<Work> {
  const libc = openLibc();
  const makeSymlink = createLinkAsker((request) => pool.postMessage(request));
  const disk = await parts.open(setup.driver, setup.roots, {
    ...{ makeSymlink, libc, writable: setup.writable },
  });
  const context = new WorkContext(disk, undefined, new Int32Array(setup.cancelled));
  const load = async () => context.setHash(await openBlake3(setup));
  const kernelRoots: KernelRoots = { read: setup.roots, write: setup.writable };
  const lateAddon = setup.hashFirst ? undefined : loadableAddon(setup.addonPath);
  if (lateAddon === undefined) {
    // WebAssembly comes in many files, which a wall would keep out later.
    if (setup.hashFirst || "libc" in libc) await load();
    const entered = parts.enterKernelWall(libc, kernelRoots);
    if (context.hasHash) parts.giveUpLibraries(libc);
    return { context, loadHash: load, walls: () => probeWalls(disk, libc, entered) };
  }
  const read = [...setup.roots, lateAddon];
  let entered = parts.enterKernelWall(libc, { ...kernelRoots, read });
  const loadHash = async () => {
    await load();
    if ("abi" in entered) entered = parts.enterKernelWall(libc, kernelRoots);
    parts.giveUpLibraries(libc);
  };
  return { context, loadHash, walls: () => probeWalls(disk, libc, entered) };
}

/** The addon's path where this worker may load it. */
function loadableAddon(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  return Deno.permissions.querySync({ name: "ffi", path }).state === "granted" ? path : undefined;
}

/** Work of several steps. */
interface OpenStream {
  steps: Generator;
  /** See `READERS`. */
  isReader: boolean;
}

function serve(pool: Endpoint, work: Work): void {
  const { context } = work;
  const streams = new Map<number, OpenStream>();
  let loading: Promise<void> | undefined, waiting = 0;
  const needsHash = (request: Request) =>
    !context.hasHash && "name" in request && !HASHLESS.has(request.name);
  pool.onmessage = async (event: MessageEvent<Request>) => {
    const request = event.data, needs = needsHash(request);
    try {
      // Loading it takes as long as starting the worker did, and many runs never need it. What is
      // asked meanwhile waits, too: the steps of a stream come after its opening.
      if (needs || waiting > 0) {
        waiting++;
        try {
          await (loading ??= work.loadHash());
        } catch (error) {
          if (needs) throw error;
        } finally {
          waiting--;
        }
      }
      const value = handle(work, streams, request);
      pool.postMessage({ id: request.id, value } satisfies Reply, handOver(value));
    } catch (error) {
      if ("stream" in request) streams.delete(request.stream);
      pool.postMessage({ id: request.id, error: toErrorData(error) } satisfies Reply);
    }
  };
}

function handle(
  { context, walls }: Work,
  streams: Map<number, OpenStream>,
  request: Request,
): unknown {
  switch (request.kind) {
    case "walls":
      return walls();
    case "call":
      return runCall(context, request.name, request.args, request.scope);
    case "open":
      streams.set(request.stream, {
        steps: startStream(context, request.name, request.args, request.scope),
        isReader: READERS.has(request.name),
      });
      return undefined;
    case "next": {
      // Steps are asked for ahead, so some may be asked for past the end.
      const stream = streams.get(request.stream);
      const step = stream?.steps.next(request.input) ?? { done: true, value: undefined };
      if (step.done) streams.delete(request.stream);
      return stream?.isReader && request.input ? { ...step, spare: request.input } : step;
    }
    case "close": {
      streams.get(request.stream)?.steps.return(undefined);
      streams.delete(request.stream);
      return undefined;
    }
  }
}

function handOver(value: unknown): ArrayBuffer[] {
  const isStep = value !== null && typeof value === "object" && "done" in value && "value" in value;
  if (!isStep) return transferables(value);
  const { value: inner, spare } = value as WorkStep<unknown, unknown>;
  return [...transferables(inner), ...transferables(spare)];
}

if (import.meta.main) serveFileWork(openDisk);
