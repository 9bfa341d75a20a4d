/**
 * A file worker for fault tests: it dies of an uncaught error, without an answer, on requests that
 * name a path with "die" in it, at the second step of a stream on a path with "doomed", and at its
 * start while there is a file "no-start" in its first root.
 */
import { openDisk } from "./open_disk.ts";
import { serveFileWork } from "./worker_main.ts";
import type { PortMessage, Request, WorkerSetup } from "./worker_protocol.ts";

const doomed = new Map<number, number>();

type Message = PortMessage | Request | WorkerSetup;

self.addEventListener("message", dieOfIt as EventListener);

function dieOfIt(event: Event): void {
  const { data } = event as MessageEvent<Message>;
  if ("port" in data) return data.port.addEventListener("message", dieOfIt);
  if (!isFatal(data)) return;
  event.stopImmediatePropagation();
  throw new Error("killed by a test");
}

serveFileWork(openDisk);

function isFatal(data: Request | WorkerSetup): boolean {
  if ("roots" in data) return exists(`${data.roots[0]}/no-start`);
  if (data.kind === "next") {
    const steps = doomed.get(data.stream);
    if (steps !== undefined) doomed.set(data.stream, steps + 1);
    return steps === 1;
  }
  if (data.kind === "close" || data.kind === "walls") return false;
  const args = JSON.stringify(data.args);
  if (data.kind === "open" && args.includes("doomed")) doomed.set(data.stream, 0);
  return args.includes("die");
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
