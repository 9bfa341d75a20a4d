import assert from "node:assert/strict";
import type { SyncOptions } from "#core/sync/mod.ts";
import type { SyncOrder } from "./mod.ts";
import { Bench } from "./sync_bench.ts";

const FILES = { "src/a": "alpha" };

/** A bench whose second Star has an older file at a path below `/data`. */
async function startWith(path: string): Promise<Bench> {
  const bench = await Bench.start(FILES);
  using tree = bench.disks.get("two")!.openTree("/data");
  const [directory] = path.split("/");
  tree.makeDirectory(directory, 0o755);
  using file = tree.createFile(path);
  file.write(new TextEncoder().encode("older"), 0);
  return bench;
}

const on = (starId: string, path: string) => ({ starId, path });

Deno.test("backups of SRC without a slash go to the directory that was named, under its name", async () => {
  const order: Partial<SyncOrder> = { contents: false, destination: on("two", "/data") };
  for (const directory of ["old", "/data/old", "/data/old/"]) {
    await using bench = await startWith("src/a");
    const backup = { directory, suffix: "" };
    assert.equal((await bench.sync(order, { backup, delete: true })).state, "succeeded");
    assert.equal((await bench.sync(order, { delete: true })).state, "succeeded");
    assert.deepEqual(await bench.contents("two", "/data"), {
      ...{ src: "(directory)", "src/a": "alpha", "src/sub": "(directory)" },
      ...{ old: "(directory)", "old/src": "(directory)", "old/src/a": "older" },
    }, directory);
  }
});

Deno.test("backups follow no link that lies in the destination that was named", async () => {
  const order: Partial<SyncOrder> = { contents: false, destination: on("two", "/data") };
  for (const directory of ["old", "/data/old", "/data/in/old"]) {
    await using bench = await startWith("src/a");
    using tree = bench.disks.get("two")!.openTree("/data");
    for (const made of ["else", "in"]) tree.makeDirectory(made, 0o755);
    tree.makeLink("old", "else");
    tree.makeLink("in/old", "../else");
    const backup = { directory, suffix: "" };
    assert.equal((await bench.sync(order, { backup })).code, "invalid", directory);
    assert.equal(tree.facts("else/src"), null, directory);
    assert.equal((await bench.contents("two", "/data/src")).a, "older");
  }
});

Deno.test("backups of a single file go to the directory that was named, from the file's", async () => {
  const order: Partial<SyncOrder> = {
    ...{ source: on("one", "/data/src/a"), contents: false },
    destination: on("two", "/data/dst/b"),
  };
  for (const [directory, kept] of [["old", "dst/old/b"], ["/data/old", "old/b"]]) {
    await using bench = await startWith("dst/b");
    const backup = { directory, suffix: "" };
    assert.equal((await bench.sync(order, { backup })).state, "succeeded");
    const { [kept]: older, "dst/b": newer } = await bench.contents("two", "/data");
    assert.deepEqual([older, newer], ["older", "alpha"], directory);
  }
});

Deno.test("--delete spares backups whose directory is named by an absolute path", async () => {
  await using bench = await startWith("dst/a");
  const options: Partial<SyncOptions> = {
    ...{ backup: { directory: "/data/dst/old", suffix: "" }, delete: true },
  };
  assert.equal((await bench.sync({}, options)).state, "succeeded");
  assert.equal((await bench.sync({}, options)).state, "succeeded");
  assert.equal((await bench.contents("two", "/data/dst"))["old/a"], "older");
});

Deno.test("backups can't be kept in the destination itself without a suffix", async () => {
  await using bench = await startWith("dst/a");
  const backup = { directory: "/data/dst", suffix: "" };
  assert.equal((await bench.sync({}, { backup })).code, "invalid");
  assert.equal((await bench.contents("two", "/data/dst")).a, "older");
});

Deno.test("an older copy of SRC without a slash is looked for under its name; none is remarked on", async () => {
  await using bench = await startWith("old/b");
  const to = (path: string) => ({ contents: false, destination: on("two", path) });
  const linkDest = ["/data/old", "/data/none"];
  assert.equal((await bench.sync(to("/data/old"))).state, "succeeded");
  const { plan } = await bench.sync(to("/data/new"), { linkDest, makePath: true, dryRun: true });
  const notes = plan.flatMap((event) => event.type === "note" ? [event.message] : []);
  assert.match(notes.join(), /^--link-dest: "\/data\/none\/src" doesn't exist[^,]*, so[^,]*$/);
  const { state } = await bench.sync(to("/data/new"), { linkDest, makePath: true });
  assert.equal(state, "succeeded");
  using tree = bench.disks.get("two")!.openTree("/data");
  assert.equal(tree.facts("new/src/a")!.ino, tree.facts("old/src/a")!.ino);
});
