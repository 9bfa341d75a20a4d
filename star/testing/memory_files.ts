/** Files in memory, served as a Star serves its own; for tests. */
import type { ServedSystem } from "#core/remote/serve.ts";
import { createMemoryDisk } from "#core/system/disk_memory.ts";
import { openInlineSystem } from "#core/system/memory_system.ts";
import type { OrbitSystem } from "#core/system/mod.ts";
import { serveFiles, type StarFiles } from "../serve/star_service.ts";

export interface MemoryFiles extends AsyncDisposable {
  system: OrbitSystem;
  files: StarFiles & Pick<ServedSystem, "activeCalls">;
  /** Ends all calls. */
  closing: AbortController;
}

/** A root `/data` with the given files. */
export async function openMemoryFiles(
  content: Record<string, Uint8Array<ArrayBuffer>>,
  limits: { maxHashBytes?: number } = {},
): Promise<MemoryFiles> {
  const disk = createMemoryDisk({ roots: ["/data"] });
  const tree = disk.openTree("/data");
  for (const [name, bytes] of Object.entries(content)) {
    using file = tree.createFile(name);
    file.write(bytes, 0);
  }
  tree[Symbol.dispose]();
  const system = await openInlineSystem(disk);
  const closing = new AbortController();
  const files = serveFiles({
    system,
    roots: [{ path: "/data", realPath: "/data", read: true, write: true }],
    maxCalls: 64,
    maxHashBytes: limits.maxHashBytes ?? 2 ** 40,
    closing: closing.signal,
  });
  return { system, files, closing, [Symbol.asyncDispose]: () => system[Symbol.asyncDispose]() };
}
