import assert from "node:assert/strict";
import { ManualClock, systemClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { type FileOrder, SELECT_ALL } from "#core/file_jobs/mod.ts";
import { defaultSyncOptions } from "#core/sync/mod.ts";
import { type JobId, type JobStore, openJobStore } from "#core/magnetar/mod.ts";
import { createMemoryDisk } from "#core/system/disk_memory.ts";
import { openInlineSystem } from "#core/system/memory_system.ts";
import type { OrbitSystem } from "#core/system/system.ts";
import { JobDispatcher } from "./dispatcher.ts";

/** Stars that are away until they are let in, and a folder for jobs. */
class Bench implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "orbit-dispatch-" });
  readonly asked: string[] = [];
  readonly #here = new Map<string, PromiseWithResolvers<void>>();
  readonly #systems: OrbitSystem[] = [];
  readonly #changed: (() => void)[] = [];

  async open(starId = "", signal: AbortSignal): Promise<OrbitSystem> {
    this.asked.push(starId);
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    await Promise.race([this.#door(starId).promise, aborted.promise]);
    signal.removeEventListener("abort", abort);
    const disk = createMemoryDisk({ roots: ["/data"] });
    const system = await openInlineSystem(disk, starId);
    this.#systems.push(system);
    return system;
  }

  letIn(starId: string): void {
    this.#door(starId).resolve();
  }

  #door(starId: string): PromiseWithResolvers<void> {
    const door = this.#here.get(starId) ?? Promise.withResolvers<void>();
    this.#here.set(starId, door);
    return door;
  }

  start(store: JobStore): JobDispatcher {
    const dispatcher = new JobDispatcher({
      store,
      systems: this,
      clock: systemClock,
      encodeScan: () => new Uint8Array(1),
      onCrash: (id, error) => assert.fail(`${id}: ${error.message}`),
      onChange: () => this.#changed.splice(0).forEach((wake) => wake()),
    });
    dispatcher.start();
    return dispatcher;
  }

  /** Waits for a change after which the condition holds. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((wake) => this.#changed.push(wake));
  }

  async [Symbol.asyncDispose]() {
    for (const system of this.#systems) await system[Symbol.asyncDispose]();
    Deno.removeSync(this.folder, { recursive: true });
  }
}

const scan = (starId: string): FileOrder => ({
  kind: "scan",
  at: { starId, path: "/data" },
  ...SELECT_ALL,
});

function statesOf(store: JobStore, ids: readonly JobId[]): string[] {
  return ids.map((id) => store.job(id).state);
}

Deno.test("jobs of one Star wait for their turn, and those of another don't", async () => {
  await using bench = new Bench();
  using store = openJobStore(bench.folder);
  await using dispatcher = bench.start(store);
  const label = "scan";
  const first = Array.from({ length: 6 }, () => dispatcher.submit(scan("one"), { label }));
  const urgent = dispatcher.submit(scan("one"), { label, priority: 5 });
  const other = dispatcher.submit(scan("two"), { label });
  assert.deepEqual(statesOf(store, first), [
    ...Array(4).fill("running"),
    ...Array(2).fill("pending"),
  ]);
  assert.deepEqual(statesOf(store, [urgent, other]), ["pending", "running"]);
  dispatcher.cancel(first[5]);
  dispatcher.pause(first[4]);
  bench.letIn("one");
  bench.letIn("two");
  await bench.until(() => dispatcher.running === 0);
  assert.deepEqual(statesOf(store, [...first, urgent, other]), [
    ...Array(4).fill("succeeded"),
    "paused",
    "cancelled",
    "succeeded",
    "succeeded",
  ]);
  dispatcher.resume(first[4]);
  await bench.until(() => dispatcher.running === 0);
  assert.equal(store.job(first[4]).state, "succeeded");
});

Deno.test("what one job brings no other takes away meanwhile: moves that cross go one by one", async () => {
  await using bench = new Bench();
  using store = openJobStore(bench.folder);
  await using dispatcher = bench.start(store);
  const submit = (from: string, to: string, kind: "move" | "copy" = "move") => {
    const [source, destination] = [from, to].map((place) => {
      const [starId, path] = place.split(":");
      return { starId, path };
    });
    const options = defaultSyncOptions();
    if (kind === "move") options.removeSource = "all";
    const order: FileOrder = {
      ...{ kind, source, destination, options },
      ...{ contents: true, destinationIsDirectory: false, relay: true },
    };
    return dispatcher.submit(order, { label: kind });
  };
  const there = submit("one:/data/a", "two:/data/b");
  const back = submit("two:/data/b/sub", "one:/data/a");
  const others = [
    submit("two:/data/bb", "one:/data/a"),
    submit("one:/data/c", "two:/data/c"),
    submit("three:/data/b", "one:/data/other"),
  ];
  const onto = submit("three:/data/d", "one:/data/a/x", "copy");
  const atWork = (id: JobId) => dispatcher.progress(id) !== undefined;
  assert.deepEqual([there, back, onto].map(atWork), [true, false, false]);
  assert.deepEqual(others.map(atWork), [false, true, true]);
  dispatcher.cancel(there);
  await bench.until(() => atWork(back));
  dispatcher.cancel(back);
  for (const id of [...others, onto]) dispatcher.cancel(id);
  await bench.until(() => dispatcher.running === 0);
});

Deno.test("the next process goes on with what ran and what waited, urgent jobs first", async () => {
  await using bench = new Bench();
  let ids: JobId[];
  {
    using store = openJobStore(bench.folder);
    await using dispatcher = bench.start(store);
    const submit = (priority: number) => dispatcher.submit(scan("one"), { label: "", priority });
    ids = [0, 0, 0, 0, 0, 7].map(submit);
  }
  using store = openJobStore(bench.folder);
  assert.deepEqual(statesOf(store, ids), [...Array(4).fill("interrupted"), "pending", "pending"]);
  await using dispatcher = bench.start(store);
  assert.equal(store.job(ids[5]).state, "running");
  bench.letIn("one");
  await bench.until(() => dispatcher.running === 0);
  assert.deepEqual(statesOf(store, ids), Array(6).fill("succeeded"));
  assert.deepEqual(ids.map((id) => store.job(id).attempt), [2, 2, 2, 2, 1, 1]);
});

/** A Star that is lost as soon as it is asked for a listing. */
async function openLost(): Promise<OrbitSystem> {
  const disk = createMemoryDisk({ roots: ["/data"] });
  using tree = disk.openTree("/data");
  tree.makeDirectory("from", 0o755);
  const system = await openInlineSystem(disk, "lost");
  // deno-lint-ignore require-yield
  const lose = async function* () {
    await Promise.resolve();
    throw new OrbitError("unavailable", "the Star went away");
  };
  return new Proxy(system, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name === "scanTree") return lose;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

Deno.test("a job that waits for its next attempt counts as running", async () => {
  await using bench = new Bench();
  using store = openJobStore(bench.folder);
  await using system = await openLost();
  await using dispatcher = new JobDispatcher({
    ...{ store, clock: new ManualClock(), encodeScan: () => new Uint8Array(1) },
    systems: { open: () => Promise.resolve(system) },
    onCrash: (id, error) => assert.fail(`${id}: ${error.message}`),
  });
  dispatcher.start();
  const [source, destination] = ["from", "to"].map((name) => {
    return { starId: name, path: `/data/${name}` };
  });
  const id = dispatcher.submit({
    ...{ kind: "sync", source, destination, options: defaultSyncOptions() },
    ...{ contents: true, destinationIsDirectory: true, relay: true },
  }, { label: "lost" });
  while (["pending", "running"].includes(store.job(id).state)) {
    await new Promise((done) => setTimeout(done));
  }
  assert.equal(store.job(id).state, "interrupted");
  assert.deepEqual(dispatcher.countsByState(), { interrupted: 0, running: 1 });
  dispatcher.cancel(id);
  assert.equal(dispatcher.countsByState().running ?? 0, 0);
});

Deno.test("Stars that are away keep no others waiting, however many jobs they have", async () => {
  await using bench = new Bench();
  using store = openJobStore(bench.folder);
  await using dispatcher = bench.start(store);
  for (let star = 0; star < 130; star++) {
    for (let job = 0; job < 4; job++) dispatcher.submit(scan(`away ${star}`), { label: "away" });
  }
  const id = dispatcher.submit(scan("here"), { label: "here" });
  bench.letIn("here");
  await bench.until(() => store.job(id).state === "succeeded");
  await bench.until(() => dispatcher.running === 520);
});
