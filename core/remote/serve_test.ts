/** What a serving Star does for its callers. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { createInProcessCaller } from "#core/rpc/mod.ts";
import { type OrbitSystem, ScanBatch, ScanBatchBuilder } from "#core/system/mod.ts";
import { serveSystem } from "./serve.ts";
import { base, method, openStar, path, refused, scan, utf8 } from "./test_serve.ts";

Deno.test("a serving Star refuses what isn't beneath its roots before it asks the system", async () => {
  let asked = 0;
  const { system } = await openStar();
  const counting = new Proxy(system, {
    get(target, key) {
      return (...args: unknown[]) => {
        asked++;
        return Reflect.get(target, key).apply(target, args);
      };
    },
  });
  const caller = createInProcessCaller([serveSystem(counting, { roots: ["/root/sub"] })]);
  for (const path of ["/root/a", "/root/subway", "/root/sub/../a", "/", "/root"]) {
    await refused("denied", caller.unary(method.inspect, { path: utf8(path) }));
    await refused("denied", scan(caller, { base: utf8(path) }));
    await refused("denied", caller.unary(method.readHeader, { path, length: 1 }));
  }
  equal(asked, 0);
  deepEqual((await caller.unary(method.inspect, { path: utf8("/root/sub") })).rows, undefined);
});

/** A system whose scans go on for ever; `made` counts their batches. */
function endlessSystem(): { system: OrbitSystem; made: () => number } {
  let made = 0;
  async function* scanTree(_: unknown, { signal }: { signal?: AbortSignal } = {}) {
    while (true) {
      signal?.throwIfAborted();
      await Promise.resolve();
      const builder = new ScanBatchBuilder();
      const base = builder.addRow(utf8(String(made++).padStart(12, "0")));
      builder.rows[base] = 0o100644;
      builder.endPart("", { last: false, complete: true, exists: true });
      yield new ScanBatch(builder.take());
    }
  }
  return { system: { name: "endless", scanTree } as unknown as OrbitSystem, made: () => made };
}

Deno.test("a serving Star makes no more of a scan than is taken", async () => {
  const { system, made } = endlessSystem();
  const served = serveSystem(system);
  const caller = createInProcessCaller([served]);
  let taken = 0;
  for await (const _ of caller.serverStream(method.scanTree, { base })) {
    equal(served.activeCalls, 1);
    await new Promise((resolve) => setTimeout(resolve, 0));
    ok(made() <= taken + 3, `${made()} made, ${taken} taken`);
    if (++taken === 20) break;
  }
  while (served.activeCalls > 0) await new Promise((resolve) => setTimeout(resolve, 0));
});

Deno.test("a serving Star refuses one call too many, and takes it later", async () => {
  const { system } = endlessSystem();
  const served = serveSystem(system, { limits: { maxCalls: 2 } });
  const caller = createInProcessCaller([served]);
  const scans = [0, 1].map(() =>
    caller.serverStream(method.scanTree, { base })[Symbol.asyncIterator]()
  );
  for (const scan of scans) await scan.next();
  equal(served.activeCalls, 2);
  const error = await refused("exhausted", scan(caller, {}));
  equal(error.detail.retryable, true);
  await scans[0].return!();
  while (served.activeCalls > 1) await new Promise((resolve) => setTimeout(resolve, 0));
  for await (const _ of caller.serverStream(method.scanTree, { base })) break;
  await scans[1].return!();
  while (served.activeCalls > 0) await new Promise((resolve) => setTimeout(resolve, 0));
});

Deno.test("a serving Star that stops ends its calls, and takes no more", async () => {
  const { system } = endlessSystem();
  const stopping = new AbortController();
  const caller = createInProcessCaller([serveSystem(system, { signal: stopping.signal })]);
  const taking = (async () => {
    for await (const _ of caller.serverStream(method.scanTree, { base })) stopping.abort();
  })();
  await refused("unavailable", taking);
  await refused("unavailable", scan(caller, {}));
});

Deno.test("a serving Star at long work says that it is at it", async () => {
  const done = Promise.withResolvers<void>();
  const hashFiles = () => done.promise.then(() => [{ hash: new Uint8Array(32), size: 1 }]);
  const system = { name: "slow", hashFiles } as unknown as OrbitSystem;
  const caller = createInProcessCaller([serveSystem(system, { limits: { beatMs: 1 } })]);
  const counts: number[] = [];
  const request = { base, paths: [utf8("a")] };
  for await (const { hashes } of caller.serverStream(method.hashFiles, request)) {
    counts.push(hashes.length);
    if (counts.length === 3) done.resolve();
  }
  deepEqual(counts.slice(0, 3), [0, 0, 0]);
  equal(counts.at(-1), 1);
});

Deno.test("ScanDirectory tells what the first Stars told, and names whole", async () => {
  const { caller, tree: disk } = await openStar();
  using tree = disk.openTree("/root");
  tree.makeDirectory("dir", 0o755);
  tree.createFile("old\udcff")[Symbol.dispose]();
  tree.apply("old\udcff", { mtime: -5, mtimeNs: 0 });
  tree.apply("a", { mtime: 1_700_000_000, mtimeNs: 999_999_999 });
  const entries = await Array.fromAsync(caller.serverStream(method.scanDirectory, {
    path: "/root",
  }));
  deepEqual(entries.map(({ name, size, isDir }) => [name, size, isDir]), [
    ["a", 5n, false],
    ["dir", 0n, true],
    ["old\ufffd", 0n, false],
  ]);
  equal(entries[0].modifiedAtTs, 1_700_000_000n);
  equal(entries[0].nameBytes.length, 0);
  equal(entries[2].modifiedAtTs, 0n);
  deepEqual([...entries[2].nameBytes], [111, 108, 100, 255]);
  const missing = caller.serverStream(method.scanDirectory, { path: "/root/missing" });
  await refused("not_found", Array.fromAsync(missing));
});

Deno.test("the first methods take a path as text and as bytes", async () => {
  const { caller } = await openStar();
  for (const place of [{ path: "/root/a" }, { path: "/nonsense", pathBytes: path }]) {
    const { data } = await caller.unary(method.readHeader, { ...place, length: 64 * 1024 });
    equal(new TextDecoder().decode(data), "hello");
  }
});
