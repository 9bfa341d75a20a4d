/**
 * A file worker gone bad: it enters the walls as every file worker does, but for those that its
 * address leaves out (`?kernel=down&runtime=down`), and then answers `features` with what it could
 * get at.
 */
import { openDisk } from "#core/system/open_disk.ts";
import { serveFileWork } from "#core/system/worker_main.ts";
import type { Request } from "#core/system/worker_protocol.ts";
import { enterKernelWall, giveUpLibraries } from "#core/system/worker_walls.ts";
import { openNativeFiles, tryToGetOut } from "./attempts.ts";

// Before the walls close, which is the most that hostile code can hope for.
const native = openNativeFiles();
const isDown = (wall: string) => new URL(import.meta.url).searchParams.get(wall) === "down";

self.addEventListener("message", async (event) => {
  const request = (event as MessageEvent<Request>).data;
  if (request.kind !== "call" || request.name !== "features") return;
  event.stopImmediatePropagation();
  const value = await tryToGetOut(request.args[0] as unknown as string, native);
  (self as unknown as { postMessage(reply: unknown): void }).postMessage({ id: request.id, value });
});

serveFileWork(openDisk, {
  enterKernelWall: isDown("kernel") ? () => ({ reason: "left out" }) : enterKernelWall,
  giveUpLibraries: isDown("runtime") ? () => {} : giveUpLibraries,
});
