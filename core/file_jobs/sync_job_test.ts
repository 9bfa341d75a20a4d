import assert from "node:assert/strict";
import { systemClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { openJobStore } from "#core/magnetar/mod.ts";
import { defaultSyncOptions, type SyncOptions } from "#core/sync/mod.ts";
import { createMemoryDisk } from "#core/system/disk_memory.ts";
import type { Disk } from "#core/system/disk.ts";
import { createFaultySystem, type SystemCall } from "#core/system/faulty_system.ts";
import { openInlineSystem } from "#core/system/memory_system.ts";
import type { OrbitSystem } from "#core/system/system.ts";
import { createFileJob, runFileJob, type SyncOrder } from "./mod.ts";

/** Two Stars with memory for disks. */
class Bench implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "orbit-sync-job-" });
  readonly disks = new Map<string, Disk>();
  readonly systems = new Map<string, OrbitSystem>();
  /** Called before every call to a Star. */
  before: (call: SystemCall) => void = () => {};

  static async start(files: Record<string, string>): Promise<Bench> {
    const bench = new Bench();
    for (const name of ["one", "two"]) {
      const disk = createMemoryDisk({ roots: ["/data"] });
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

  open(starId = ""): Promise<OrbitSystem> {
    return Promise.resolve(this.systems.get(starId)!);
  }

  async sync(changes: Partial<SyncOrder> = {}, options: Partial<SyncOptions> = {}) {
    using store = openJobStore(this.folder);
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
      onProgress: () => {},
    });
    return { state, code: (error ?? store.job(id).error)?.code, attempt: store.job(id).attempt };
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

const FILES = { "src/a": "alpha", "src/sub/b": "beta", "src/sub/c": "" };
const TREE = { a: "alpha", sub: "(directory)", "sub/b": "beta", "sub/c": "" };

Deno.test("a sync brings a tree from one Star to another, and then has nothing to do", async () => {
  await using bench = await Bench.start(FILES);
  assert.equal((await bench.sync()).state, "succeeded");
  assert.deepEqual(await bench.contents("two", "/data/dst"), TREE);
  let copies = 0;
  bench.before = ({ operation }) => void (operation === "transferTo" && copies++);
  assert.equal((await bench.sync()).state, "succeeded");
  assert.equal(copies, 0);
});

Deno.test("SRC without a slash goes in under its own name; a file may get another", async () => {
  await using bench = await Bench.start(FILES);
  const destination = { starId: "two", path: "/data" };
  assert.equal((await bench.sync({ contents: false, destination })).state, "succeeded");
  assert.deepEqual(await bench.contents("two", "/data/src"), TREE);
  const file = { starId: "one", path: "/data/src/a" };
  const renamed = { starId: "two", path: "/data/src/sub/renamed" };
  await bench.sync({ source: file, contents: false, destination: renamed });
  assert.equal((await bench.contents("two", "/data/src"))["sub/renamed"], "alpha");
});

Deno.test("--delete removes what the source hasn't, within its bounds", async () => {
  await using bench = await Bench.start(FILES);
  await bench.sync();
  using tree = bench.disks.get("two")!.openTree("/data/dst");
  tree.createFile("extra")[Symbol.dispose]();
  assert.equal((await bench.sync({}, { delete: true })).state, "succeeded");
  assert.deepEqual(await bench.contents("two", "/data/dst"), TREE);
});

Deno.test("ends that can't be are refused before anything is changed", async () => {
  await using bench = await Bench.start(FILES);
  const one = (path: string) => ({ starId: "one", path });
  const cases: [Partial<SyncOrder>, string][] = [
    [{ source: one("/data/none") }, "not_found"],
    [{ destination: one("/data/src") }, "invalid"],
    [{ destination: one("/data/src/sub") }, "invalid"],
    [{ destination: { starId: "two", path: "/data/no/parent" } }, "not_found"],
    [{ destination: { starId: "two", path: "/elsewhere" } }, "denied"],
  ];
  for (const [changes, code] of cases) {
    const outcome = await bench.sync(changes);
    assert.deepEqual([outcome.state, outcome.code], ["failed", code], JSON.stringify(changes));
  }
  assert.deepEqual(await bench.contents("two", "/data"), {});
  await assert.rejects(bench.sync({}, { inplace: true }), { code: "unsupported" });
});

Deno.test("a sync goes on when a Star comes back, and ends with the whole tree", async () => {
  for (let nth = 1; nth <= 12; nth++) {
    await using bench = await Bench.start(FILES);
    let calls = 0;
    bench.before = () => {
      if (++calls === nth) throw new OrbitError("unavailable", "the Star went away");
    };
    const { state } = await bench.sync();
    assert.equal(state, "succeeded", `lost at call ${nth}`);
    bench.before = () => {};
    assert.deepEqual(await bench.contents("two", "/data/dst"), TREE);
  }
});

Deno.test("items that a Star's going away made fail are brought when it is back", async () => {
  await using bench = await Bench.start(FILES);
  const two = bench.systems.get("two")!;
  let lost = 0;
  const perform = two.perform.bind(two);
  two.perform = async (...args) => {
    const results = await perform(...args);
    if (lost++ > 0) return results;
    const error = { code: "unavailable" as const, message: "went away", detail: {} };
    return results.map((result) => ({ ...result, error }));
  };
  assert.equal((await bench.sync({}, { makePath: true })).state, "succeeded");
  assert.deepEqual(await bench.contents("two", "/data/dst"), TREE);
});
