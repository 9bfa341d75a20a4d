import assert from "node:assert/strict";
import { OrbitError, systemError } from "#core/errors.ts";
import { createFaultyDisk } from "#core/system/disk_faulty.ts";
import { openInlineSystem } from "#core/system/memory_system.ts";
import type { ClaimNews, WorkClaim } from "#core/system/named_work.ts";
import type { TransferOptions, TransferRequest } from "#core/system/system.ts";
import { UNREACHED } from "#core/link/connection.ts";
import type { FileJobProgress, SyncOrder } from "./mod.ts";
import { Bench } from "./sync_bench.ts";

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

Deno.test("a dry run keeps its plan, and changes nothing", async () => {
  await using bench = await Bench.start(FILES);
  const { state, items, plan } = await bench.sync({}, { dryRun: true });
  assert.equal(state, "succeeded");
  assert.deepEqual(items.map(({ key, state }) => [key, state]), [["plan", "done"]]);
  const lines = plan.map((event) =>
    event.type === "plan" ? `${event.action.itemized} ${event.action.path}` : event.type
  );
  assert.deepEqual(lines, [
    ...["cd+++++++++ ", ">f+++++++++ a", "cd+++++++++ sub", ">f+++++++++ sub/b"],
    ">f+++++++++ sub/c",
  ]);
  assert.deepEqual(await bench.contents("two", "/data"), {});
});

Deno.test("of listed files those that aren't there and those that can't be seen are told apart", async () => {
  await using bench = await Bench.start(FILES);
  const absent = await bench.sync({}, { files: ["a", "sub/none"] });
  assert.deepEqual([absent.state, absent.code], ["partial", "not_found"]);
  const disk = createFaultyDisk(bench.disks.get("one")!, {
    before({ operation, path }) {
      if (operation === "list" && path === "sub") throw systemError("EACCES", "list", path);
    },
  });
  bench.systems.set("one", await openInlineSystem(disk, "one"));
  const unseen = await bench.sync({}, { files: ["a", "sub/b"] });
  assert.deepEqual([unseen.state, unseen.code], ["partial", "denied"]);
  assert.equal((await bench.contents("two", "/data/dst")).a, "alpha");
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

Deno.test("what a Star went on with while it couldn't be told is taken up, and not done again", async () => {
  await using bench = await Bench.start(FILES);
  const two = bench.systems.get("two")!;
  const receive = two.receive.bind(two);
  const lost: TransferRequest[] = [], sent: string[] = [], claims: WorkClaim[] = [];
  let name: TransferOptions["name"];
  two.receive = (request, source, options) => {
    const copies = request.actions.filter(({ kind }) => kind === "copy");
    sent.push(...copies.map(({ path }) => path));
    if (claims.length > 0) return receive(request, source, options);
    lost.push(request);
    name = options?.name;
    return Promise.reject(new OrbitError("unavailable", "the Star went away"));
  };
  two.claim = async function* (claim): AsyncGenerator<ClaimNews> {
    claims.push(claim);
    for (const [batch, request] of lost.entries()) {
      const paths = request.actions.map(({ path }) => path);
      yield { batch, kind: "begin", step: "transfer", paths };
      const results = await receive(request, bench.systems.get("one")!);
      yield { batch, kind: "results", results };
    }
  };
  const told: number[] = [];
  const { state, attempt, done } = await bench.sync({}, {}, ({ written }) => told.push(written!));
  assert.deepEqual([state, attempt], ["succeeded", 2]);
  assert.deepEqual(sent.sort(), ["a", "sub/b", "sub/c"], "each once");
  assert.deepEqual([done, told.at(-1)], [{ items: 3, weight: 9 }, 9]);
  const [{ job, fence }] = claims;
  assert.deepEqual([claims.length, fence], [1, 2]);
  assert.deepEqual(name, {
    job,
    fence: 1,
    step: "transfer",
    bytesPerSecond: undefined,
    bandwidth: undefined,
  });
  assert.deepEqual(await bench.contents("two", "/data/dst"), TREE);
});

Deno.test("a sync that loses its Star again and again, but goes on each time, is not given up", async () => {
  const files = Array.from({ length: 40 }, (_, at) => [`src/${at}`, `content ${at}`]);
  await using bench = await Bench.start(Object.fromEntries(files));
  const one = bench.systems.get("one")!;
  const transferTo = one.transferTo.bind(one);
  one.transferTo = async (target, request, options) => {
    const [first, ...others] = request.actions;
    const results = await transferTo(target, { ...request, actions: [first] }, options);
    const error = { code: "unavailable" as const, message: "went away", detail: {} };
    return [...results, ...others.map(() => ({ bytes: 0, verified: 0, error }))];
  };
  assert.equal((await bench.sync()).state, "succeeded");
  assert.deepEqual(
    await bench.contents("two", "/data/dst"),
    await bench.contents("one", "/data/src"),
  );
});

Deno.test("a sync whose source the destination doesn't reach waits, says for what, and goes on", async () => {
  await using bench = await Bench.start(FILES);
  const one = bench.systems.get("one")!;
  const transferTo = one.transferTo.bind(one);
  const seen: FileJobProgress[] = [];
  let tries = 0;
  one.transferTo = async (target, request, options) => {
    const isContent = request.actions.some(({ kind }) => kind === "copy");
    if (!isContent || ++tries > 3) return await transferTo(target, request, options);
    const detail = { retryable: true, errno: UNREACHED };
    throw new OrbitError("unavailable", "two can't reach one", { detail });
  };
  const onProgress = (progress: Readonly<FileJobProgress>) => void seen.push({ ...progress });
  assert.equal((await bench.sync({}, {}, onProgress)).state, "succeeded");
  const waits = seen.filter(({ waitingFor }) => waitingFor !== undefined);
  assert(waits.length > 0);
  for (const { waitingFor, waitingWhy } of waits) {
    assert.deepEqual([waitingFor, waitingWhy], ["one", "two can't reach one"]);
  }
  assert.equal(seen.at(-1)!.waitingFor, undefined);
  assert.equal(seen.at(-1)!.waitingWhy, undefined);
  assert.deepEqual(await bench.contents("two", "/data/dst"), TREE);
});
