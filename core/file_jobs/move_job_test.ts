import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { createFaultyDisk } from "#core/system/disk_faulty.ts";
import { createFaultySystem } from "#core/system/faulty_system.ts";
import { openInlineSystem } from "#core/system/memory_system.ts";
import type { Tree } from "#core/system/disk.ts";
import { Column, ROW_WORDS } from "#core/system/scan_batch.ts";
import { defaultSyncOptions, type SyncOptions } from "#core/sync/mod.ts";
import type { SyncOrder } from "./mod.ts";
import { Bench } from "./sync_bench.ts";

const FILES = { "src/a": "alpha", "src/sub/b": "beta", "src/sub/c": "" };
const TREE = { a: "alpha", sub: "(directory)", "sub/b": "beta", "sub/c": "" };

function move(bench: Bench, changes: Partial<SyncOrder> = {}, options: Partial<SyncOptions> = {}) {
  return bench.sync({ kind: "move", ...changes }, options);
}

function write(tree: Tree, path: string, text: string): void {
  if (tree.facts(path) !== null) tree.removeFile(path);
  using file = tree.createFile(path);
  file.write(new TextEncoder().encode(text), 0);
}

Deno.test("a move brings a tree and takes it from its source, which stays as an empty folder", async () => {
  await using bench = await Bench.start(FILES);
  const { state } = await move(bench);
  assert.equal(state, "succeeded");
  assert.deepEqual(await bench.contents("two", "/data/dst"), TREE);
  assert.deepEqual(await bench.contents("one", "/data"), { src: "(directory)" });
});

Deno.test("a sync that removes files leaves directories where they are", async () => {
  await using bench = await Bench.start(FILES);
  const { state } = await bench.sync({}, { removeSource: "files" });
  assert.equal(state, "succeeded");
  assert.deepEqual(await bench.contents("two", "/data/dst"), TREE);
  assert.deepEqual(await bench.contents("one", "/data/src"), { sub: "(directory)" });
});

Deno.test("a move takes links, names of one file and what the destination had, each once", async () => {
  await using bench = await Bench.start(FILES);
  using source = bench.disks.get("one")!.openTree("/data/src");
  source.makeLink("link", "nowhere");
  for (const name of ["b1", "b2", "sub/b3"]) source.makeHardLink("sub/b", name);
  await bench.sync({}, { filter: [{ kind: "exclude", pattern: "/sub" }] });
  const preserve = { ...defaultSyncOptions().preserve, hardLinks: true };
  const { state, items } = await move(bench, {}, { preserve });
  assert.equal(state, "succeeded", JSON.stringify(items));
  const names = { b1: "beta", b2: "beta", "sub/b3": "beta", link: "(directory)" };
  assert.deepEqual(await bench.contents("two", "/data/dst"), { ...TREE, ...names });
  assert.deepEqual(await bench.contents("one", "/data/src"), {});
});

Deno.test("a move keeps what is left out, what changes, and what isn't what its copy is", async () => {
  await using bench = await Bench.start({ ...FILES, "src/new": "1" });
  using source = bench.disks.get("one")!.openTree("/data/src");
  source.makeDirectory("keep", 0o755);
  write(source, "keep/out", "x");
  using destination = bench.disks.get("two")!.openTree("/data");
  // By size and time it is there already, but it isn't the same.
  destination.makeDirectory("dst", 0o755);
  write(destination, "dst/a", "ALPHA");
  const { mtime, mtimeNs } = source.facts("a")!;
  destination.apply("dst/a", { mtime, mtimeNs });
  bench.before = ({ operation, path }) => {
    if (operation === "perform" && path === "/data/src" && destination.facts("dst/new") !== null) {
      write(source, "new", "2");
    }
  };
  const filter = [{ kind: "exclude" as const, pattern: "/keep/out" }];
  const { state, items } = await move(bench, {}, { filter });
  assert.equal(state, "partial");
  const failed = items.filter((item) => item.state === "failed");
  assert.deepEqual(failed.map(({ key }) => key).sort(), ["a", "new"]);
  for (const { error } of failed) assert.match(error!.message, /kept in the source/);
  assert.deepEqual(await bench.contents("one", "/data/src"), {
    ...{ a: "alpha", new: "2", keep: "(directory)", "keep/out": "x" },
  });
});

Deno.test("a move of one file that was moved by an attempt that died ends well", async () => {
  await using bench = await Bench.start(FILES);
  let died = false;
  bench.before = ({ operation }) => {
    // Everything is gone, and nobody heard of it.
    using arrived = bench.disks.get("two")!.openTree("/data");
    if (died || operation !== "perform" || arrived.facts("a") === null) return;
    using source = bench.disks.get("one")!.openTree("/data/src");
    source.removeFile("a");
    died = true;
    throw new OrbitError("unavailable", "the Star went away");
  };
  const { state, attempt } = await move(bench, {
    source: { starId: "one", path: "/data/src/a" },
    contents: false,
    destination: { starId: "two", path: "/data/a" },
  });
  assert.deepEqual([state, attempt, died], ["succeeded", 2, true]);
  assert.deepEqual(await bench.contents("two", "/data"), { a: "alpha" });
});

Deno.test("a move that would be its own source is refused, and keeps what it finds by itself", async () => {
  await using bench = await Bench.start(FILES);
  const disk = bench.disks.get("one")!;
  bench.systems.set("two", createFaultySystem(await openInlineSystem(disk, "two"), {}));
  const onto = (path: string) => move(bench, { destination: { starId: "two", path } });
  const refused = await onto("/data/src");
  assert.deepEqual([refused.state, refused.code], ["failed", "invalid"]);
  assert.deepEqual(await bench.contents("one", "/data/src"), TREE);
  // What looks apart from above may still be one below: as a name of the same file is.
  using tree = disk.openTree("/data");
  tree.makeDirectory("dst", 0o755);
  tree.makeHardLink("src/a", "dst/a");
  const { state, items } = await onto("/data/dst");
  assert.equal(state, "partial");
  assert.match(items.find((item) => item.state === "failed")!.error!.message, /one with its copy/);
  assert.deepEqual(await bench.contents("one", "/data/src"), { a: "alpha" });
  assert.deepEqual(await bench.contents("one", "/data/dst"), TREE);
});

Deno.test("a move keeps a link that may be its own copy, whatever its owner is taken for there", async () => {
  await using bench = await Bench.start({});
  const disk = bench.disks.get("one")!;
  using tree = disk.openTree("/data");
  tree.makeDirectory("dst", 0o755);
  for (const name of ["equal", "owned", "twin", "twin too"]) {
    tree.makeLink(`src/${name}`, "nowhere");
  }
  for (const name of ["equal", "owned"]) tree.makeHardLink(`src/${name}`, `dst/${name}`);
  const one = await openInlineSystem(disk, "two");
  async function* scanTree(...args: Parameters<typeof one.scanTree>) {
    for await (const batch of one.scanTree(...args)) {
      for (let row = 0; row < batch.data.rows.length / ROW_WORDS; row++) {
        if (batch.name(row) === "owned") batch.data.rows[row * ROW_WORDS + Column.uid] = 7;
      }
      yield batch;
    }
  }
  const served = new Proxy(one, {
    get: (system, name) => {
      const own = name === "scanTree" ? scanTree : Reflect.get(system, name);
      return typeof own === "function" ? own.bind(system) : own;
    },
  });
  bench.systems.set("two", createFaultySystem(served, {}));
  const { state } = await move(bench, { destination: { starId: "two", path: "/data/dst" } });
  assert.equal(state, "partial");
  for (
    const [base, names] of [["src", ["equal", "owned"]], ["dst", ["twin", "twin too"]]] as const
  ) {
    for (const name of names) assert.equal(tree.readLink(`${base}/${name}`), "nowhere");
  }
  assert.equal(tree.facts("src/twin"), null);
});

Deno.test("a move of single files onto themselves is refused where times look otherwise, too", async () => {
  await using bench = await Bench.start(FILES);
  const one = await openInlineSystem(bench.disks.get("one")!, "two");
  // A file server between the two tells other times than the disk.
  const hashFiles: typeof one.hashFiles = async (...args) =>
    (await one.hashFiles(...args)).map((result) => ({
      ...result,
      version: result.version?.replace(/^(file:[0-9]+:)[^:]+:[^:]+/, "$17.0:7.0"),
    }));
  const served = new Proxy(one, {
    get: (system, name) => {
      const own = name === "hashFiles" ? hashFiles : Reflect.get(system, name);
      return typeof own === "function" ? own.bind(system) : own;
    },
  });
  bench.systems.set("two", createFaultySystem(served, {}));
  const source = (path: string) => ({ starId: "one", path });
  const destination = (path: string) => ({ starId: "two", path });
  const orders: [Partial<SyncOrder>, Partial<SyncOptions>][] = [
    [
      { source: source("/data/src/a"), contents: false, destination: destination("/data/src/a") },
      {},
    ],
    [{ source: source("/data/src/a"), contents: false, destination: destination("/data/src") }, {}],
    [{ source: source("/data/src"), destination: destination("/data/src") }, { files: ["a"] }],
  ];
  for (const [order, options] of orders) {
    const { state, code } = await move(bench, order, options);
    assert.deepEqual([state, code], ["failed", "invalid"], JSON.stringify([order, options]));
    assert.deepEqual(await bench.contents("one", "/data/src"), TREE);
  }
  const other = { contents: false, destination: destination("/data/src/new name") };
  const renamed = await move(bench, { source: source("/data/src/a"), ...other });
  assert.equal(renamed.state, "succeeded");
  const { a, ...rest } = TREE;
  assert.deepEqual(await bench.contents("one", "/data/src"), { ...rest, "new name": a });
});

Deno.test("a move takes nothing from its source before its copy survives a power cut, whoever made it", async () => {
  await using bench = await Bench.start(FILES);
  await bench.sync();
  let synced = 0;
  const disk = createFaultyDisk(bench.disks.get("two")!, {
    before: ({ operation }) => {
      if (operation !== "file.sync") return;
      assert.deepEqual(Object.keys(FILES).filter((path) => !isThere(bench, path)), []);
      synced++;
    },
  });
  bench.systems.set("two", createFaultySystem(await openInlineSystem(disk, "two"), {}));
  const { state } = await move(bench);
  assert.deepEqual([state, synced], ["succeeded", 3]);
  assert.deepEqual(Object.keys(FILES).filter((path) => isThere(bench, path)), []);
});

function isThere(bench: Bench, path: string): boolean {
  using tree = bench.disks.get("one")!.openTree("/data");
  return tree.facts(path) !== null;
}

Deno.test("a move that is lost at any call loses nothing, and ends when the Star is back", async () => {
  for (let nth = 1;; nth++) {
    await using bench = await Bench.start(FILES);
    let calls = 0;
    bench.before = () => {
      assertWhole(bench);
      if (++calls === nth) throw new OrbitError("unavailable", "the Star went away");
    };
    const { state } = await move(bench);
    bench.before = () => {};
    assert.equal(state, "succeeded", `lost at call ${nth}`);
    assert.deepEqual(await bench.contents("two", "/data/dst"), TREE);
    assert.deepEqual(await bench.contents("one", "/data/src"), {});
    if (calls < nth) return;
  }
});

/** Every file is whole at one end at least. */
function assertWhole(bench: Bench): void {
  const read = (star: string, path: string) => {
    using tree = bench.disks.get(star)!.openTree("/data");
    if (tree.facts(path) === null) return undefined;
    using file = tree.openFile(path);
    const into = new Uint8Array(100);
    return new TextDecoder().decode(into.subarray(0, file.read(into, 0)));
  };
  for (const [path, text] of Object.entries(FILES)) {
    const ends = [read("one", path), read("two", path.replace("src", "dst"))];
    assert.ok(ends.includes(text), `${path}: ${ends}`);
  }
}

Deno.test("a move isn't asked for with what could lose a file", async () => {
  await using bench = await Bench.start(FILES);
  for (const options of [{ delete: true }, { verify: "none" as const }, { followLinks: true }]) {
    await assert.rejects(move(bench, {}, options), { code: "invalid" });
  }
  await assert.rejects(bench.sync({ kind: "copy" }, { removeSource: "all" }), { code: "invalid" });
});
