import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import type { Executor } from "./executor.ts";
import { makeDirectoryBed } from "./system_beds.ts";
import { rejection, rejectsAs } from "./system_conformance_help.ts";
import { openLocalSystem } from "./local_system.ts";
import { openWorkerPool, startWorkerPool } from "./worker_pool.ts";
import type { WorkerPoolOptions } from "./worker_pool_options.ts";
import type { Findings } from "./worker_prying_program.ts";

const mortal = new URL("./worker_mortal_program.ts", import.meta.url).href;
const prying = new URL("./worker_prying_program.ts", import.meta.url).href;

/** Runs a test with a pool of mortal workers on a directory that holds a "file" of 3 MiB. */
function testPool(
  name: string,
  check: (pool: Executor, root: string) => Promise<void>,
  options: Partial<WorkerPoolOptions> = {},
): void {
  Deno.test(`worker pool: ${name}`, async () => {
    using directory = makeDirectoryBed();
    const root = directory.path;
    Deno.writeFileSync(`${root}/file`, new Uint8Array(3 * 1024 * 1024));
    Deno.writeFileSync(`${root}/doomed`, new Uint8Array(3 * 1024 * 1024));
    const settings = { read: [], write: [root], width: 2, program: mortal, ...options };
    await using pool = await openWorkerPool(settings);
    await check(pool, root);
  });
}

async function failsRetryable(promise: Promise<unknown>): Promise<void> {
  const error = await rejectsAs("unavailable", promise);
  equal(error.detail.retryable, true);
  match(error.message, /file worker: died: .*killed by a test/);
}

testPool("a worker that dies fails its calls, retryable, and is replaced", async (pool, root) => {
  for (let round = 0; round < 3; round++) {
    await failsRetryable(pool.call("readHeader", `${root}/die`, 1));
    equal((await pool.call("readHeader", `${root}/file`, 5)).length, 5);
  }
});

testPool("the death of one worker leaves the others' calls", async (pool, root) => {
  const calls = Array.from({ length: 12 }, (_, i) => {
    return pool.call("readHeader", `${root}/${i === 3 ? "die" : "file"}`, 7);
  });
  const results = await Promise.allSettled(calls);
  await failsRetryable(calls[3]);
  const failed = results.filter((result) => result.status === "rejected");
  ok(failed.length <= 2, "at most the one that ran and the one that waited behind it");
});

testPool("calls asked while all workers start anew are answered", async (pool, root) => {
  const deaths = [0, 1].map(() => rejection(pool.call("readHeader", `${root}/die`, 1)));
  await Promise.all(deaths);
  const calls = Array.from({ length: 6 }, () => pool.call("readHeader", `${root}/file`, 3));
  const stream = pool.open("readRange", `${root}/file`, 0, 10);
  equal((await stream.next()).value!.length, 10);
  await stream.close();
  deepEqual((await Promise.all(calls)).map((header) => header.length), Array(6).fill(3));
});

testPool("a stream fails with the worker that held it, asked or idle", async (pool, root) => {
  const asked = pool.open("readRange", `${root}/doomed`, 0, 0);
  equal((await asked.next()).done, false);
  await failsRetryable(asked.next());
  await failsRetryable(asked.next());
  await asked.close();
  const idle = [0, 1].map(() => pool.open("readRange", `${root}/file`, 0, 0));
  for (const stream of idle) await stream.next();
  for (let deaths = 0; deaths < 2; deaths++) {
    await failsRetryable(pool.call("readHeader", `${root}/die`, 1));
  }
  const steps = await Promise.allSettled(idle.map((stream) => stream.next()));
  ok(steps.some((step) => step.status === "rejected"));
  for (const stream of idle) await stream.close();
  equal((await pool.call("readHeader", `${root}/file`, 1)).length, 1);
});

testPool("a stream of a living worker outlives the others", async (pool, root) => {
  const stream = pool.open("readRange", `${root}/file`, 0, 0);
  await stream.next();
  const other = pool.open("readRange", `${root}/doomed`, 0, 0);
  await other.next();
  await failsRetryable(other.next());
  let bytes = 0;
  for (let step = await stream.next(); !step.done; step = await stream.next()) {
    bytes += step.value.length;
  }
  equal(bytes, 2 * 1024 * 1024);
});

testPool("workers that can't start any more end in a clear error", async (pool, root) => {
  Deno.writeTextFileSync(`${root}/no-start`, "");
  const calls = Array.from(
    { length: 8 },
    () => rejection(pool.call("readHeader", `${root}/die`, 1)),
  );
  for (const error of await Promise.all(calls)) ok(error instanceof OrbitError);
  const error = await rejectsAs("internal", pool.call("readHeader", `${root}/file`, 1));
  match(error.message, /all died .*killed by a test/);
  const stream = pool.open("readRange", `${root}/file`, 0, 0);
  equal(await rejection(stream.next()), error);
  await stream.close();
});

testPool("answers in between let a pool outlive any number of deaths", async (pool, root) => {
  for (let round = 0; round < 11; round++) {
    await failsRetryable(pool.call("readHeader", `${root}/die`, 1));
    equal((await pool.call("readHeader", `${root}/file`, 1)).length, 1);
  }
}, { width: 1 });

testPool("deaths without an answer in between are counted", async (pool, root) => {
  let last: unknown;
  for (let round = 0; round < 20; round++) {
    last = await rejection(pool.call("readHeader", `${root}/die`, 1));
    if (last instanceof OrbitError && last.code === "internal") break;
  }
  match((last as OrbitError).message, /all died/);
}, { width: 1 });

testPool("closing rejects what waits and what comes", async (pool, root) => {
  const stream = pool.open("readRange", `${root}/file`, 0, 0);
  await stream.next();
  const calls = Array.from({ length: 10 }, () => pool.call("hashFiles", root, ["file"]));
  const pending = Promise.allSettled([...calls, stream.next()]);
  await pool[Symbol.asyncDispose]();
  for (const result of await pending) {
    if (result.status === "rejected") equal(result.reason.message, "file workers: closed");
  }
  equal((await pending).at(-2)!.status, "rejected");
  await stream.close();
  await rejectsAs("unavailable", pool.call("features"));
  await rejectsAs("unavailable", stream.next());
  await rejectsAs("unavailable", pool.open("readRange", `${root}/file`, 0, 0).next());
});

testPool("cancelling stops running work", async (pool, root) => {
  pool.cancel();
  const [{ error }] = await pool.call("hashFiles", root, ["file"]);
  equal(error?.detail.errno, "ECANCELED");
});

Deno.test("what a pool is asked before any worker stands is answered, stream and calls", async () => {
  using directory = makeDirectoryBed();
  const root = directory.path;
  Deno.writeFileSync(`${root}/file`, new Uint8Array(5));
  const pool = startWorkerPool({ read: [root], write: [], width: 2 });
  try {
    equal(pool.workers, 1);
    const call = pool.call("readHeader", `${root}/file`, 3);
    const stream = pool.open("readRange", `${root}/file`, 1, 4);
    const steps = [stream.next(), stream.next(), stream.next()];
    const missing = pool.open("readRange", `${root}/missing`, 0, 1);
    const error = rejectsAs("not_found", missing.next());
    equal((await steps[0]).value!.length, 4, "without `stand`");
    await pool.stand();
    equal(pool.workers, 2);
    deepEqual((await Promise.all(steps.slice(1))).map(({ done }) => done), [true, true]);
    equal((await call).length, 3);
    await error;
  } finally {
    await pool[Symbol.asyncDispose]();
  }
});

Deno.test("a pool that can't stand is closed, and what it was asked is rejected", async () => {
  using directory = makeDirectoryBed();
  const root = directory.path;
  Deno.writeTextFileSync(`${root}/no-start`, "");
  const pool = startWorkerPool({ read: [], write: [root], width: 2, program: mortal });
  const early = rejectsAs("unavailable", pool.open("readRange", `${root}/file`, 0, 1).next());
  const late = pool.stand();
  await failsRetryable(late);
  await early;
  await rejectsAs("unavailable", pool.call("readHeader", `${root}/file`, 1));
  equal(pool.workers, 0);
});

Deno.test("a pool that is closed doesn't stand up again", async () => {
  using directory = makeDirectoryBed();
  for (const keeper of [false, true]) {
    const pool = startWorkerPool({ read: [directory.path], write: [], width: 2, keeper });
    if (keeper) {
      const standing = rejectsAs("unavailable", pool.stand());
      await pool[Symbol.asyncDispose]();
      await standing;
    } else {
      await pool[Symbol.asyncDispose]();
      await rejectsAs("unavailable", pool.stand());
    }
    equal(pool.workers, 0);
  }
});

Deno.test("openWorkerPool rejects when its program doesn't start", async () => {
  using directory = makeDirectoryBed();
  const root = directory.path;
  const options = { read: [], write: [root], width: 2 };
  Deno.writeTextFileSync(`${root}/no-start`, "");
  await failsRetryable(openWorkerPool({ ...options, program: mortal }));
});

Deno.test("openLocalSystem refuses an aborted signal and stops work when it is aborted", async () => {
  using directory = makeDirectoryBed();
  const root = directory.path;
  Deno.writeTextFileSync(`${root}/file`, "x");
  const options = { read: [root], write: [], width: 1 };
  const aborted = AbortSignal.abort(new Error("enough"));
  equal(await rejection(openLocalSystem({ ...options, signal: aborted })), aborted.reason);
  const controller = new AbortController();
  await using system = await openLocalSystem({ ...options, signal: controller.signal });
  controller.abort();
  const [{ error }] = await system.hashFiles(root, ["file"]);
  equal(error?.detail.errno, "ECANCELED");
});

Deno.test("a worker gets at nothing but its roots", async () => {
  using directory = makeDirectoryBed();
  const root = `${directory.path}/root`;
  for (const name of ["root", "outside"]) {
    Deno.mkdirSync(`${directory.path}/${name}`);
    Deno.writeTextFileSync(`${directory.path}/${name}/file`, name);
  }
  for (const writable of [false, true]) {
    await using pool = await openWorkerPool({
      read: [root],
      write: writable ? [root] : [],
      width: 1,
      program: prying,
    });
    const findings = await pool.call("features") as unknown as Findings;
    const got = Object.keys(findings).filter((name) => findings[name] === "done");
    deepEqual(got, writable ? ["read inside", "write inside"] : ["read inside"]);
    const refusals = Object.entries(findings).filter(([name]) => !got.includes(name));
    ok(refusals.length >= 18);
    for (const [name, error] of refusals) equal(error, "NotCapable", `${name}: ${error}`);
  }
  deepEqual([...Deno.readDirSync(`${directory.path}/outside`)].length, 1);
});

Deno.test("a root that is reached through a link can be used, by either driver", async () => {
  using directory = makeDirectoryBed();
  Deno.mkdirSync(`${directory.path}/real`);
  Deno.symlinkSync("real", `${directory.path}/alias`);
  const root = `${directory.path}/alias`;
  Deno.writeTextFileSync(`${root}/file`, "hello");
  for (const driver of ["auto", "pure"] as const) {
    await using system = await openLocalSystem({ read: [], write: [root], width: 1, driver });
    deepEqual((await system.scanDirectory(root)).map((entry) => entry.path), ["file"]);
    equal((await system.readHeader(`${root}/file`, 9)).length, 5);
  }
});

Deno.test("worker pool: one with a least grows while calls wait, and shrinks after", async () => {
  using directory = makeDirectoryBed();
  const root = directory.path;
  Deno.writeFileSync(`${root}/file`, new Uint8Array(1024));
  const settings = { read: [], write: [root], width: 3, least: 1, idleMs: 50 };
  await using pool = await openWorkerPool(settings);
  equal(pool.workers, 1);
  equal((await pool.call("readHeader", `${root}/file`, 7)).length, 7);
  equal(pool.workers, 1, "one call at a time needs no more");
  while (pool.workers < 3) {
    const calls = Array.from({ length: 20 }, () => pool.call("readHeader", `${root}/file`, 7));
    deepEqual((await Promise.all(calls)).map((header) => header.length), Array(20).fill(7));
  }
  while (pool.workers > 1) await new Promise((resolve) => setTimeout(resolve, 5));
  equal((await pool.call("readHeader", `${root}/file`, 7)).length, 7);
  ok((await pool.walls()).runtime);
});

Deno.test("worker pool: one with a least grows for streams, and keeps what they use", async () => {
  using directory = makeDirectoryBed();
  const root = directory.path;
  Deno.writeFileSync(`${root}/file`, new Uint8Array(3 * 1024 * 1024));
  const settings = { read: [], write: [root], width: 2, least: 1, idleMs: 1 };
  await using pool = await openWorkerPool(settings);
  const streams = [0, 1].map(() => pool.open("readRange", `${root}/file`, 0, 0));
  equal(pool.workers, 2);
  for (const stream of streams) {
    let bytes = 0;
    for (let step; !(step = await stream.next()).done;) bytes += step.value!.length;
    equal(bytes, 3 * 1024 * 1024);
  }
  for (const stream of streams) await stream.close();
  while (pool.workers > 1) await new Promise((resolve) => setTimeout(resolve, 5));
});
