/**
 * The keeper: a worker that starts file workers for a program that has given up the permissions to
 * do so itself. It has what they have and nothing more, is inside the kernel's wall (a domain is
 * inherited by the threads that are started in it), and sees none of their messages: each gets a
 * port of its own to the program.
 */
import { toErrorData } from "#core/errors.ts";
import { openLibc } from "#core/posix/mod.ts";
import type { KeeperEvent, KeeperOrder, KeeperSetup } from "./worker_keeper.ts";
import type { PortMessage } from "./worker_protocol.ts";
import { startWorker } from "./worker_thread.ts";
import { enterKernelWall } from "./worker_walls.ts";

interface KeeperScope {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(event: KeeperEvent, transfer?: Transferable[]): void;
}

const scope = self as unknown as KeeperScope;

scope.onmessage = (event: MessageEvent<KeeperSetup>) => {
  const setup = event.data;
  const members = new Map<number, Worker>();
  // To find a package Deno looks all over its cache, which may be anywhere: then only those that
  // are started enter the kernel's wall, once they have it.
  if (!setup.needsPackage) enterKernelWall(openLibc(), setup.kernelRoots);
  scope.onmessage = ({ data }: MessageEvent<KeeperOrder>) => {
    if (data.kind === "start") start(members, setup, data.member);
    else stop(members, data.member);
  };
  scope.postMessage({ kind: "ready" });
};

function start(
  members: Map<number, Worker>,
  { program, permissions }: KeeperSetup,
  member: number,
): void {
  const died = (how: string) => {
    stop(members, member);
    scope.postMessage({ kind: "died", member, how });
  };
  try {
    const worker = startWorker(program, permissions);
    members.set(member, worker);
    worker.onerror = (event) => {
      event.preventDefault();
      died(`died: ${event.message || "unknown reason"}`);
    };
    const { port1, port2 } = new MessageChannel();
    worker.postMessage({ port: port1 } satisfies PortMessage, [port1]);
    scope.postMessage({ kind: "started", member, port: port2 }, [port2]);
  } catch (error) {
    died(toErrorData(error).message);
  }
}

function stop(members: Map<number, Worker>, member: number): void {
  members.get(member)?.terminate();
  members.delete(member);
}
