import assert from "node:assert/strict";
import { systemClock } from "#core/clock.ts";
import { type JobId, openJobStore } from "#core/magnetar/mod.ts";
import { createMemoryDisk } from "#core/system/disk_memory.ts";
import { openInlineSystem } from "#core/system/memory_system.ts";
import { defaultSyncOptions } from "#core/sync/options.ts";
import { createFileJob, type FileOrder, runFileJob, SELECT_ALL, SYNC_KINDS } from "./mod.ts";

const SCOPE = ["/data/mine"];
const source = { starId: "one", path: "/data/mine/tree" };
const destination = { starId: "two", path: "/data/mine/copy" };

const ORDERS: FileOrder[] = [
  ...(["scan", "hash", "chunk"] as const).map((kind) => ({ kind, at: source, ...SELECT_ALL })),
  { kind: "verify", source, destination, ...SELECT_ALL },
  ...[...SYNC_KINDS, "dry run"].map((name): FileOrder => ({
    kind: name === "dry run" ? "sync" : name as typeof SYNC_KINDS[number],
    ...{ source, contents: true, destination, destinationIsDirectory: false, relay: true },
    options: { ...defaultSyncOptions(), dryRun: name === "dry run" },
  })),
];

/** A system of each Star, with a tree for every job to work on. */
async function openStar() {
  const disk = createMemoryDisk({ roots: ["/data"] });
  using tree = disk.openTree("/data");
  for (const path of ["mine", "mine/tree", "mine/copy"]) tree.makeDirectory(path, 0o755);
  using _file = tree.createFile("mine/tree/file");
  return await openInlineSystem(disk);
}

for (const order of ORDERS) {
  const name = "options" in order && order.options.dryRun ? "dry run" : order.kind;
  Deno.test(`a ${name} opens every Star for its scope alone, in a later process, too`, async () => {
    const folder = Deno.makeTempDirSync({ prefix: "orbit-jobs-" });
    try {
      let id: JobId;
      {
        using store = openJobStore(folder);
        id = createFileJob(store, { ...order, scope: SCOPE }, { label: name });
      }
      using store = openJobStore(folder);
      const stars = new Map([["one", await openStar()], ["two", await openStar()]]);
      const opened: unknown[] = [];
      const { state, error } = await runFileJob(store, id, {
        ...{ clock: systemClock, random: () => 0, onProgress: () => {} },
        encodeScan: () => new Uint8Array(1),
        systems: {
          open: (starId, _, use) => {
            opened.push(use?.scope);
            return Promise.resolve(stars.get(starId!)!.within!(use!.scope!));
          },
        },
      });
      assert.equal(state, name === "verify" ? "partial" : "succeeded", JSON.stringify(error));
      assert(opened.length > 0);
      for (const scope of opened) assert.deepEqual(scope, SCOPE);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });
}
