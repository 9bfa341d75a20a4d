/**
 * A file worker: runs file work for one `WorkerPool`, one message at a time.
 *
 * Started with Deno permissions for exactly its roots; everything here is synchronous, so that a
 * kernel domain put around the thread holds for all of it.
 */
import { toErrorData } from "#core/errors.ts";
import { openBlake3 } from "#core/hash/mod.ts";
import { openDisk } from "./open_disk.ts";
import { WorkContext } from "./work/context.ts";
import { HASHLESS, runCall, startStream, transferables } from "./work/methods.ts";
import { createLinkAsker } from "./worker_links.ts";
import type { Reply, Request, WorkerSetup } from "./worker_protocol.ts";

interface WorkerScope {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown, transfer?: Transferable[]): void;
}

const scope = self as unknown as WorkerScope;

/** Answers a `WorkerPool` from this thread, with files as `open` gives them. */
export function serveFileWork(open: typeof openDisk): void {
  const makeSymlink = createLinkAsker((request) => scope.postMessage(request));
  scope.onmessage = async (event: MessageEvent<WorkerSetup>) => {
    const setup = event.data;
    try {
      const disk = await open(setup.driver, setup.roots, { makeSymlink });
      const context = new WorkContext(disk, undefined, new Int32Array(setup.cancelled));
      serve(context, setup.addonPath);
      scope.postMessage({ id: 0, value: disk.name } satisfies Reply);
    } catch (error) {
      scope.postMessage({ id: 0, error: toErrorData(error) } satisfies Reply);
    }
  };
}

function serve(context: WorkContext, addonPath: string | undefined): void {
  const streams = new Map<number, Generator>();
  let hash: Promise<void> | undefined;
  const needsHash = (request: Request) =>
    !context.hasHash && "name" in request && !HASHLESS.has(request.name);
  scope.onmessage = async (event: MessageEvent<Request>) => {
    const request = event.data;
    try {
      // Loading it takes as long as starting the worker did, and many runs never need it.
      if (needsHash(request)) await (hash ??= loadHash(context, addonPath));
      const value = handle(context, streams, request);
      scope.postMessage({ id: request.id, value } satisfies Reply, handOver(value));
    } catch (error) {
      if ("stream" in request) streams.delete(request.stream);
      scope.postMessage({ id: request.id, error: toErrorData(error) } satisfies Reply);
    }
  };
}

async function loadHash(context: WorkContext, addonPath: string | undefined): Promise<void> {
  context.setHash(await openBlake3({ addonPath }));
}

function handle(
  context: WorkContext,
  streams: Map<number, Generator>,
  request: Request,
): unknown {
  switch (request.kind) {
    case "call":
      return runCall(context, request.name, request.args);
    case "open":
      streams.set(request.stream, startStream(context, request.name, request.args));
      return undefined;
    case "next": {
      // Steps are asked for ahead, so some may be asked for past the end.
      const step = streams.get(request.stream)?.next(request.input) ??
        { done: true, value: undefined };
      if (step.done) streams.delete(request.stream);
      return step;
    }
    case "close": {
      streams.get(request.stream)?.return(undefined);
      streams.delete(request.stream);
      return undefined;
    }
  }
}

function handOver(value: unknown): ArrayBuffer[] {
  const inner = value !== null && typeof value === "object" && "done" in value && "value" in value
    ? value.value
    : value;
  return transferables(inner);
}

if (import.meta.main) serveFileWork(openDisk);
