/** Two Stars with memory for disks, for the tests of this folder. */
import { systemClock } from "#core/clock.ts";
import { type JobStore, openJobStore } from "#core/magnetar/mod.ts";
import { defaultSyncOptions, type SyncOptions } from "#core/sync/mod.ts";
import type { Disk } from "#core/system/disk.ts";
import { createMemoryDisk } from "#core/system/disk_memory.ts";
import { createFaultySystem, type SystemCall } from "#core/system/faulty_system.ts";
import { openInlineSystem } from "#core/system/memory_system.ts";
import type { OrbitSystem } from "#core/system/system.ts";
import {
  createFileJob,
  type FileJobServices,
  runFileJob,
  type SyncOrder,
  unpackEvents,
} from "./mod.ts";

/** `one` has the files beneath `/data/src`; `two` has nothing but `/data`. */
export class Bench implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "orbit-sync-job-" });
  readonly disks = new Map<string, Disk>();
  readonly systems = new Map<string, OrbitSystem>();
  /** Called before every call to a Star. */
  before: (call: SystemCall) => void = () => {};

  static async start(files: Record<string, string>): Promise<Bench> {
    const bench = new Bench();
    let clock = 0;
    for (const name of ["one", "two"]) {
      // No two changes are at one time, as on real disks.
      const disk = createMemoryDisk({ roots: ["/data"], now: () => 1_700_000_000_000 + clock++ });
      bench.disks.set(name, disk);
      const system = await openInlineSystem(disk, name);
      bench.systems.set(
        name,
        createFaultySystem(system, { before: (call) => bench.before(call) }),
      );
    }
    using tree = bench.disks.get("one")!.openTree("/data");
    tree.makeDirectory("src", 0o755);
    tree.makeDirectory("src/sub", 0o750);
    for (const [path, content] of Object.entries(files)) {
      using file = tree.createFile(path);
      file.write(new TextEncoder().encode(content), 0);
    }
    return bench;
  }

  openStore(): JobStore {
    return openJobStore(this.folder);
  }

  open(starId = ""): Promise<OrbitSystem> {
    return Promise.resolve(this.systems.get(starId)!);
  }

  async sync(
    changes: Partial<SyncOrder> = {},
    options: Partial<SyncOptions> = {},
    onProgress: FileJobServices["onProgress"] = () => {},
  ) {
    using store = this.openStore();
    const order: SyncOrder = {
      kind: "sync",
      source: { starId: "one", path: "/data/src" },
      contents: true,
      destination: { starId: "two", path: "/data/dst" },
      destinationIsDirectory: false,
      relay: true,
      options: { ...defaultSyncOptions(), ...options },
      ...changes,
    };
    const id = createFileJob(store, order, { label: "sync" });
    const { state, error } = await runFileJob(store, id, {
      systems: this,
      clock: { ...systemClock, sleep: () => Promise.resolve() },
      random: () => 0,
      encodeScan: () => new Uint8Array(),
      onProgress,
    });
    const items = store.items(id, { limit: 1000 });
    const plan = order.options.dryRun
      ? store.outputs(id, { limit: 1000 }).flatMap(({ data }) => unpackEvents(data))
      : [];
    return {
      state,
      items,
      plan,
      done: store.counts(id).transfer?.done,
      code: (error ?? store.job(id).error)?.code,
      attempt: store.job(id).attempt,
    };
  }

  /** Paths and contents beneath a directory of a Star. */
  async contents(star: string, base: string): Promise<Record<string, string>> {
    const system = this.systems.get(star)!;
    const found: Record<string, string> = {};
    for await (const batch of system.scanTree({ base, recursive: true })) {
      for (const { directory, from, to } of batch.data.parts) {
        for (let row = from; row < to; row++) {
          const { path, mode } = batch.entry(row, directory);
          const isFile = (mode & 0o170000) === 0o100000;
          found[path] = isFile
            ? await new Response(system.openStream(`${base}/${path}`)).text()
            : "(directory)";
        }
      }
    }
    return found;
  }

  async [Symbol.asyncDispose]() {
    for (const system of this.systems.values()) await system[Symbol.asyncDispose]();
    Deno.removeSync(this.folder, { recursive: true });
  }
}
