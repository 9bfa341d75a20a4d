/** The state keeper: a worker that may touch one directory, for a program that may touch nothing. */
import { toErrorData } from "#core/errors.ts";
import { openLibc } from "#core/posix/mod.ts";
import { openDisk } from "./open_disk.ts";
import type { StateReply, StateRequest, StateSetup } from "./state_files.ts";
import { StateStore } from "./state_store.ts";
import { enterKernelWall, giveUpLibraries, probeWalls } from "./worker_walls.ts";

interface StateScope {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(reply: StateReply): void;
}

const scope = self as unknown as StateScope;

scope.onmessage = async ({ data: { directory } }: MessageEvent<StateSetup>) => {
  try {
    const libc = openLibc();
    const disk = await openDisk("auto", [directory], { libc });
    const store = new StateStore(disk.openTree(directory));
    const entered = enterKernelWall(libc, { read: [], write: [directory] });
    giveUpLibraries(libc);
    scope.onmessage = ({ data }: MessageEvent<StateRequest>) => answer(store, data);
    scope.postMessage({ id: 0, value: probeWalls(disk, libc, entered) });
  } catch (error) {
    scope.postMessage({ id: 0, error: toErrorData(error) });
  }
};

function answer(store: StateStore, request: StateRequest): void {
  try {
    scope.postMessage({ id: request.id, value: run(store, request) });
  } catch (error) {
    scope.postMessage({ id: request.id, error: toErrorData(error) });
  }
}

function run(store: StateStore, request: StateRequest): unknown {
  switch (request.kind) {
    case "read":
      return store.read(request.name);
    case "write":
      return store.write(request.name, request.bytes);
    case "append":
      return store.append(request.name, request.bytes);
    case "remove":
      return store.remove(request.name);
    case "list":
      return store.list();
  }
}
