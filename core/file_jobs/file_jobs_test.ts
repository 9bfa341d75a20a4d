import assert from "node:assert/strict";
import { systemClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { openBlake3, toHex } from "#core/hash/mod.ts";
import { type Item, type JobId, type JobStore, openJobStore } from "#core/magnetar/mod.ts";
import { createMemoryDisk } from "#core/system/disk_memory.ts";
import { createFaultySystem, type SystemCall } from "#core/system/faulty_system.ts";
import { openInlineSystem } from "#core/system/memory_system.ts";
import { ROW_WORDS, type ScanBatchData } from "#core/system/scan_batch.ts";
import type { OrbitSystem } from "#core/system/system.ts";
import {
  createFileJob,
  type FileJobProgress,
  type FileOrder,
  runFileJob,
  SELECT_ALL,
  type SystemSource,
  totalsOf,
  unpackChunks,
} from "./mod.ts";

/** Stars with memory for disks, which can be told to go away. */
class Grid implements SystemSource, AsyncDisposable {
  readonly systems = new Map<string, OrbitSystem>();
  readonly folder = Deno.makeTempDirSync({ prefix: "orbit-jobs-" });
  readonly progress: FileJobProgress[] = [];
  /** Called before every call to a Star. */
  before: (starId: string, call: SystemCall) => void = () => {};
  opened = 0;

  async addStar(starId: string, files: Record<string, string>): Promise<void> {
    const disk = createMemoryDisk({ roots: ["/data"] });
    using tree = disk.openTree("/data");
    for (const [path, content] of Object.entries(files)) {
      const parts = path.split("/");
      for (let depth = 1; depth < parts.length; depth++) {
        const directory = parts.slice(0, depth).join("/");
        if (tree.facts(directory) === null) tree.makeDirectory(directory, 0o755);
      }
      using file = tree.createFile(path);
      file.write(new TextEncoder().encode(content), 0);
    }
    const system = await openInlineSystem(disk, starId);
    this.systems.set(
      starId,
      createFaultySystem(system, { before: (call) => this.before(starId, call) }),
    );
  }

  open(starId: string | undefined, signal: AbortSignal): Promise<OrbitSystem> {
    signal.throwIfAborted();
    this.opened++;
    const system = this.systems.get(starId ?? "");
    if (system === undefined) throw new OrbitError("not_found", `find Star "${starId}": unknown`);
    return Promise.resolve(system);
  }

  services() {
    return {
      systems: this,
      clock: { ...systemClock, sleep: () => Promise.resolve() },
      random: () => 0,
      encodeScan: namesOf,
      onProgress: (progress: FileJobProgress) => void this.progress.push({ ...progress }),
    };
  }

  openStore(): JobStore {
    return openJobStore(this.folder);
  }

  async run(order: FileOrder): Promise<{ state: string; items: Item[]; outputs: string[] }> {
    using store = this.openStore();
    const id = createFileJob(store, order, { label: order.kind });
    const { state } = await runFileJob(store, id, this.services());
    return { state, ...found(store, id) };
  }

  async [Symbol.asyncDispose]() {
    for (const system of this.systems.values()) await system[Symbol.asyncDispose]();
    Deno.removeSync(this.folder, { recursive: true });
  }
}

function found(store: JobStore, id: JobId): { items: Item[]; outputs: string[] } {
  const outputs = store.outputs(id, { limit: 1e6 });
  return {
    items: store.items(id, { limit: 1e6 }),
    outputs: outputs.flatMap(({ data }) => new TextDecoder().decode(data).split("\n")).sort(),
  };
}

/** A scan's batch as the paths in it; what a real Nucleus keeps is packed. */
function namesOf(data: ScanBatchData): Uint8Array {
  const names: string[] = [];
  for (const { directory, from, to } of data.parts) {
    for (let row = from; row < to; row++) {
      const base = row * ROW_WORDS;
      const bytes = data.heap.subarray(
        data.rows[base + 17],
        data.rows[base + 17] + data.rows[base + 18],
      );
      const name = new TextDecoder().decode(bytes);
      names.push(directory === "" ? name : `${directory}/${name}`);
    }
  }
  return new TextEncoder().encode(names.join("\n"));
}

const FILES = { "a.txt": "alpha", "b/c.txt": "gamma", "b/d/e": "", "f/g": "delta", "h": "theta" };
const at = (starId: string, path = "/data") => ({ starId, path });
const away = () => new OrbitError("unavailable", "the Star went away");

Deno.test("a scan job keeps every entry once, and one of a file that file", async () => {
  await using grid = new Grid();
  await grid.addStar("one", FILES);
  const whole = await grid.run({ kind: "scan", at: at("one"), ...SELECT_ALL });
  assert.equal(whole.state, "succeeded");
  assert.deepEqual(whole.outputs, ["a.txt", "b", "b/c.txt", "b/d", "b/d/e", "f", "f/g", "h"]);
  assert.equal(grid.progress.at(-1)!.entries, 8);
  const file = await grid.run({ kind: "scan", at: at("one", "/data/b/c.txt"), ...SELECT_ALL });
  assert.deepEqual(file.outputs, ["c.txt"]);
  const filter = [{ kind: "exclude", pattern: "/b/d" }] as const;
  const less = await grid.run({ kind: "scan", at: at("one"), ...SELECT_ALL, filter: [...filter] });
  assert.deepEqual(less.outputs, ["a.txt", "b", "b/c.txt", "f", "f/g", "h"]);
});

Deno.test("a scan job lists many directories a few at a time, each once", async () => {
  await using grid = new Grid();
  const names = Array.from({ length: 300 }, (_, i) => `d${String(i).padStart(3, "0")}`);
  await grid.addStar("one", Object.fromEntries(names.map((name) => [`${name}/f`, name])));
  const { state, outputs, items } = await grid.run({ kind: "scan", at: at("one"), ...SELECT_ALL });
  assert.equal(state, "succeeded");
  assert.deepEqual(outputs, names.flatMap((name) => [name, `${name}/f`]));
  assert.ok(items.length > 10 && items.length < 100, `${items.length} items`);
});

Deno.test("a hash job has the hash of every file, and of nothing else", async () => {
  await using grid = new Grid();
  await grid.addStar("one", FILES);
  const { state, items } = await grid.run({ kind: "hash", at: at("one"), ...SELECT_ALL });
  assert.equal(state, "succeeded");
  assert.deepEqual(items.map(({ key }) => key).sort(), Object.keys(FILES).sort());
  const blake3 = await openBlake3();
  for (const { key, result } of items) {
    const content = new TextEncoder().encode(FILES[key as keyof typeof FILES]);
    assert.deepEqual(result, { hash: toHex(blake3.hash(content)), size: content.length });
  }
});

Deno.test("a chunk job's outputs add up to the files", async () => {
  await using grid = new Grid();
  const long = Array.from({ length: 40_000 }, (_, i) => (i * i) % 9973).join();
  await grid.addStar("one", { long, empty: "" });
  using store = grid.openStore();
  const order: FileOrder = { kind: "chunk", at: at("one"), ...SELECT_ALL };
  const id = createFileJob(store, order, { label: "chunk" });
  assert.equal((await runFileJob(store, id, grid.services())).state, "succeeded");
  const chunks = store.outputs(id, { limit: 100 }).flatMap(({ data }) => unpackChunks(data));
  let end = 0;
  for (const { offset, length, hash } of chunks) {
    assert.equal(offset, end);
    assert.match(hash, /^[0-9a-f]{64}$/);
    end += length;
  }
  assert.equal(end, long.length);
  const results = new Map(store.items(id, { limit: 9 }).map(({ key, result }) => [key, result]));
  assert.deepEqual(results.get("long"), { size: long.length, chunks: chunks.length });
  assert.deepEqual(results.get("empty"), { size: 0, chunks: 0 });
  assert.throws(() => unpackChunks(new Uint8Array(13)), { code: "corrupt" });
});

Deno.test("a verify job names what differs between two Stars, and how", async () => {
  await using grid = new Grid();
  await grid.addStar("one", { ...FILES, only: "here", size: "short" });
  await grid.addStar("two", { ...FILES, h: "THETA", "b/extra": "there", size: "longer" });
  const verify = (source = "/data", destination = "/data") =>
    grid.run({
      kind: "verify",
      source: at("one", source),
      destination: at("two", destination),
      ...SELECT_ALL,
    });
  const { state, items } = await verify();
  assert.equal(state, "partial");
  const failed = items.filter((item) => item.state === "failed");
  assert.deepEqual(
    Object.fromEntries(failed.map(({ key, error }) => [key, error!.message])),
    {
      "only": 'verify "only": only the source has it',
      "size": 'verify "size": size differs',
      "h": 'verify "h": source and destination differ',
      "b/extra": 'verify "b/extra": only the destination has it',
    },
  );
  const same = items.filter((item) => item.state === "done").map(({ key }) => key).sort();
  assert.deepEqual(same, ["a.txt", "b/c.txt", "b/d/e", "f/g"]);
  assert.equal((await verify("/data/a.txt", "/data/a.txt")).state, "succeeded");
  assert.equal((await verify("/data/a.txt", "/data/h")).state, "partial");
  assert.equal((await verify("/data/b", "/data/h")).state, "failed");
});

for (const kind of ["scan", "hash", "chunk"] as const) {
  Deno.test(`a ${kind} job goes on when its Star comes back, and keeps nothing twice`, async () => {
    await using grid = new Grid();
    await grid.addStar("one", FILES);
    const undisturbed = await grid.run({ kind, at: at("one"), ...SELECT_ALL });
    for (let nth = 1; nth <= 6; nth++) {
      let calls = 0, lost = 0;
      grid.before = () => {
        if (++calls % nth !== 0 || lost >= 4) return;
        lost++;
        throw away();
      };
      const { state, items, outputs } = await grid.run({ kind, at: at("one"), ...SELECT_ALL });
      assert.equal(state, "succeeded");
      assert(lost > 0 || nth > calls);
      assert.deepEqual(outputs, undisturbed.outputs);
      const facts = ({ key, result }: Item) => JSON.stringify([key, result]);
      assert.deepEqual(items.map(facts).sort(), undisturbed.items.map(facts).sort());
    }
  });
}

Deno.test("an interrupted job goes on in the next process, and does nothing twice", async () => {
  await using grid = new Grid();
  const names = Array.from({ length: 1500 }, (_, i) => `${String(i).padStart(4, "0")}`);
  await grid.addStar("one", Object.fromEntries(names.map((name) => [name, name])));
  const hashed: number[] = [];
  const stop = new AbortController();
  grid.before = (_, { operation }) => {
    if (operation !== "hashFiles") return;
    hashed.push(1);
    if (hashed.length === 2) stop.abort();
  };
  let id: JobId;
  {
    using store = grid.openStore();
    id = createFileJob(store, { kind: "hash", at: at("one"), ...SELECT_ALL }, { label: "hash" });
    const { state } = await runFileJob(store, id, grid.services(), { signal: stop.signal });
    assert.equal(state, "interrupted");
  }
  using store = grid.openStore();
  const doneBefore = store.items(id, { states: ["done"], limit: 9999 }).length;
  const bytesBefore = totalsOf(store.job(id)).bytes;
  assert(bytesBefore >= 4 * doneBefore);
  const { state } = await runFileJob(store, id, grid.services());
  assert.equal(state, "succeeded");
  assert(doneBefore < 1500);
  assert.equal(store.items(id, { states: ["done"], limit: 9999 }).length, 1500);
  assert(totalsOf(store.job(id)).bytes >= bytesBefore + 4 * (1500 - doneBefore));
});

Deno.test("a job on an unknown Star, or of nothing there, fails and says why", async () => {
  await using grid = new Grid();
  await grid.addStar("one", FILES);
  for (
    const [place, code] of [[at("nobody"), "not_found"], [at("one", "/data/none"), "not_found"], [
      at("one", "/elsewhere"),
      "denied",
    ]] as const
  ) {
    using store = grid.openStore();
    const id = createFileJob(store, { kind: "hash", at: place, ...SELECT_ALL }, { label: "" });
    const { state, error } = await runFileJob(store, id, grid.services());
    assert.equal(state, "failed");
    assert.equal(error?.code, code);
  }
});
