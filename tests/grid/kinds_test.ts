/** Jobs that copy between any two of Stars and the Nucleus: the same trees, whichever way. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { existsSync } from "node:fs";
import { findStaged, type Found, lookAt } from "../faults/bed.ts";
import { makeTree } from "../support/trees.ts";
import { runOrbit, startProcess } from "../support/run.ts";
import { TwoStars } from "./two_stars.ts";

/** A Nucleus whose own files below `own` may be written. */
async function startGrid(): Promise<TwoStars> {
  return await TwoStars.start({
    config(folder) {
      Deno.mkdirSync(join(folder, "own"));
      return `[files]\nallowed_paths = [{ path = "${folder}/own", write = true }]\n`;
    },
  });
}

/** What rsync would still have to do to make one tree equal to the other, a line each. */
async function differences(from: string, to: string): Promise<string> {
  const command = ["rsync", "-anicHXA", "--modify-window=-1", "--delete", `${from}/`, `${to}/`];
  await using process = startProcess(command, { home: from });
  const { code, stdout, stderr } = await process.result;
  assert.equal(code, 0, stderr);
  return stdout;
}

Deno.test("each of the four combinations leaves identical trees, by each kind of job", async (t) => {
  await using grid = await startGrid();
  const { from, to, folder } = grid;
  const own = (name: string) => join(folder, "own", name);
  const ends = {
    "Nucleus to Nucleus": [["nucleus", own("a")], ["nucleus", own("b")]],
    "Nucleus to Star": [["nucleus", own("a")], ["to", to.path("b")]],
    "Star to Nucleus": [["from", from.path("a")], ["nucleus", own("c")]],
    "Star to Star": [["from", from.path("a")], ["to", to.path("c")]],
  } as const;
  for (const tree of [own("a"), from.path("a")]) makeTree(11, tree, { count: 80 });
  for (const [name, [[source, path], [destination, target]]] of Object.entries(ends)) {
    await t.step(name, async () => {
      const places = [`${source}:${path}/`, `${destination}:${target}/`];
      const synced = await grid.orbit("sync", "-HAX", ...places);
      assert.equal(synced.code, 0, synced.stderr);
      assert.equal(await differences(path, target), "");
      // A copy deletes nothing; a mirror does.
      Deno.mkdirSync(join(target, "extra"));
      Deno.writeTextFileSync(join(target, "extra/file"), "only here");
      const copied = await grid.orbit("jobs", "run", "copy", ...places);
      assert.equal(copied.code, 0, copied.stderr);
      assert.equal(Deno.readTextFileSync(join(target, "extra/file")), "only here");
      const mirrored = await grid.orbit("jobs", "run", "mirror", ...places);
      assert.equal(mirrored.code, 0, mirrored.stderr);
      assert.equal(await differences(path, target), "");
      const verified = await grid.orbit("jobs", "run", "verify", ...places);
      assert.equal(verified.code, 0, verified.stderr);
      assert.deepEqual(findStaged(target), []);
      // A move leaves an empty folder behind, and what it moved is what was there.
      const twin = `${target} moved`;
      const moved = await grid.orbit(
        ...["sync", "-HAX", "--remove-source-files", "--delete-empty-src-dirs"],
        ...[`${destination}:${target}/`, `${destination}:${twin}/`],
      );
      assert.equal(moved.code, 0, moved.stderr);
      assert.equal(await differences(path, twin), "");
      assert.deepEqual([...Deno.readDirSync(target)], []);
      const back = await grid.orbit(
        ...[
          "jobs",
          "run",
          "move",
          "--relay",
          `${destination}:${twin}/`,
          `${source}:${path} again/`,
        ],
      );
      assert.equal(back.code, 0, back.stderr);
      assert.deepEqual([...Deno.readDirSync(twin)], []);
    });
  }
});

Deno.test("a path of this machine is no place on a grid", async () => {
  await using grid = await startGrid();
  const { code, stderr } = await grid.orbit("sync", "from:/data/", "/tmp");
  assert.equal(code, 1);
  assert.match(stderr, /nucleus:\/PATH/);
  const unseen = await grid.orbit("sync", "-i", "--detach", "from:/data/", "to:/data/");
  assert.deepEqual([unseen.code, unseen.stderr.includes("not with --detach")], [1, true]);
});

Deno.test("a dry run on a grid prints what one on this machine prints, and changes nothing", async () => {
  await using grid = await startGrid();
  const { from, to, folder } = grid;
  makeTree(5, from.path("a"), { count: 60 });
  makeTree(6, to.path("b"), { count: 40 });
  const before = lookAt(to.path("b"));
  const plan = async (...more: string[]) => {
    const args = ["sync", "-ni", "-HAX", ...more], paths = [`${from.path("a")}/`, to.path("b")];
    const here = await runOrbit([...args, ...paths], { home: folder });
    const there = await grid.orbit(...args, `from:${paths[0]}`, `to:${paths[1]}`);
    assert.equal(there.code, here.code, there.stderr);
    return [here, there].map(({ stdout }) => stdout.trimEnd().split("\n"));
  };
  const [here, there] = await plan();
  assert.deepEqual(there, here);
  assert(here.length > 40, here.join("\n"));
  // With deletions renames are looked for, after which copies come in another order.
  const [less, more] = await plan("--delete", "--max-delete=100%");
  assert.deepEqual(more.sort(), less.sort());
  const own = `nucleus:${join(folder, "own/new")}/`;
  const anew = await grid.orbit("sync", "-n", "--json", `from:${from.path("a")}/`, own);
  assert.equal(anew.code, 0, anew.stderr);
  const lines = anew.stdout.trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(lines.at(-1).report.outcome, "complete");
  assert.deepEqual(lookAt(to.path("b")), before);
  assert.equal(existsSync(join(folder, "own/new")), false);
  const limited = await grid.orbit(
    ...["sync", "-n", "--delete", "--max-delete=1"],
    ...[`from:${from.path("a")}/`, `to:${to.path("b")}/`],
  );
  assert.equal(limited.code, 25, limited.stderr);
  const none = await grid.orbit("sync", "-n", `from:${from.path("none")}/`, `to:${to.path("b")}/`);
  assert.equal(none.code, 3, none.stderr);
});

Deno.test("a snapshot on a Star shares what is the same with the one before", async () => {
  await using grid = await startGrid();
  const { from, to } = grid;
  Deno.mkdirSync(from.path("a/sub"), { recursive: true });
  for (const name of ["same", "sub/same", "changes"]) {
    Deno.writeTextFileSync(from.path("a", name), name);
  }
  const source = `from:${from.path("a")}/`,
    monday = to.path("monday"),
    tuesday = to.path("tuesday");
  assert.equal((await grid.orbit("sync", source, `to:${monday}`)).code, 0);
  Deno.writeTextFileSync(from.path("a/changes"), "it did");
  const synced = await grid.orbit("sync", "--link-dest=../monday", source, `to:${tuesday}`);
  assert.equal(synced.code, 0, synced.stderr);
  assert.equal(await differences(from.path("a"), tuesday), "");
  const inode = (path: string) => Deno.statSync(path).ino;
  for (const name of ["same", "sub/same"]) {
    assert.equal(inode(join(tuesday, name)), inode(join(monday, name)), name);
  }
  assert.equal(Deno.readTextFileSync(join(monday, "changes")), "changes");
  const none = await grid.orbit("sync", "--link-dest=../none", source, `to:${tuesday}`);
  assert.equal(none.code, 0, none.stderr);
  assert.match(none.stderr, /--link-dest: ".*none" doesn't exist, so nothing is linked to it/);
});

Deno.test("only what a list names goes from Star to Star, and what it misses is told", async () => {
  await using grid = await startGrid();
  const { from, to, folder } = grid;
  for (const path of ["x/in", "y/deep/in", "z"]) {
    Deno.mkdirSync(from.path("a", path, ".."), { recursive: true });
    Deno.writeTextFileSync(from.path("a", path), path);
  }
  const list = join(folder, "list");
  const places = [`from:${from.path("a")}`, `to:${to.path("b")}`];
  Deno.writeTextFileSync(list, "x/\ny/deep/in\n");
  const synced = await grid.orbit("sync", `--files-from=${list}`, ...places);
  assert.equal(synced.code, 0, synced.stderr);
  const files = [...lookAt(to.path("b"))].filter(([, { type }]) => type === "f");
  assert.deepEqual(files.map(([path]) => path), ["./x/in", "./y/deep/in"]);
  Deno.writeTextFileSync(list, "z\nnone\n");
  const partial = await grid.orbit("sync", `--files-from=${list}`, ...places);
  assert.equal(partial.code, 23, partial.stderr);
  assert.match(partial.stderr, /none.*no such file/);
  assert.equal(Deno.readTextFileSync(to.path("b/z")), "z");
});

Deno.test("a job on a grid ends with the status that a sync of this machine ends with", async () => {
  await using grid = await startGrid();
  const { from, to } = grid;
  Deno.mkdirSync(from.path("a"));
  for (const name of ["x", "y"]) {
    Deno.mkdirSync(to.path("b", name), { recursive: true });
    Deno.writeTextFileSync(to.path("b", name, "file"), name);
  }
  const places = [`from:${from.path("a")}/`, `to:${to.path("b")}/`];
  const limited = await grid.orbit("sync", "--delete", "--max-delete=1", ...places);
  assert.equal(limited.code, 25, limited.stderr);
  const missing = await grid.orbit("sync", `from:${from.path("none")}/`, places[1]);
  assert.equal(missing.code, 3, missing.stderr);
});

/** Every file is whole at one end at least; Stars may be at work, and take from the source last. */
function assertWhole({ from, to }: TwoStars, wanted: ReadonlyMap<string, string>): void {
  for (const [path, text] of wanted) {
    const isWhole = [from, to].some((star) => textOf(star.path("tree", path)) === text);
    assert.ok(isWhole, `${path} is lost`);
  }
}

function textOf(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

Deno.test("kill -9 of any of the three at any point of a move: no file is lost, and it ends", async () => {
  await using grid = await TwoStars.start();
  const { from, to } = grid;
  const texts = new Map<string, string>();
  for (let folder = 0; folder < 8; folder++) {
    Deno.mkdirSync(from.path(`tree/${folder}`), { recursive: true });
    for (let file = 0; file < 60; file++) {
      const path = `${folder}/${file}`, text = `${folder} ${file} `.repeat(file * 60);
      Deno.writeTextFileSync(from.path("tree", path), text);
      texts.set(path, text);
    }
  }
  const wanted = lookAt(from.path("tree"));
  const id = await grid.sync({ kind: "move", options: { bytesPerSecond: 4 << 20 } });
  const victims = [
    [() => from.kill(), () => from.start()],
    [() => to.kill(), () => to.start()],
    [() => grid.killNucleus(), () => grid.startNucleus()],
  ];
  for (let death = 0; death < 9; death++) {
    await new Promise((wait) => setTimeout(wait, Math.random() * 700));
    const [kill, start] = victims[death % victims.length];
    await kill();
    assertWhole(grid, texts);
    await start();
  }
  const job = await grid.over(id);
  assert.equal(job.state, "succeeded", JSON.stringify(job));
  const contents = (entries: ReadonlyMap<string, Found>) =>
    [...entries].map(([path, { type, content }]) => [path, type, content]);
  assert.deepEqual(contents(lookAt(to.path("tree"))), contents(wanted));
  assert.deepEqual([...Deno.readDirSync(from.path("tree"))], []);
  assert.deepEqual(findStaged(to.files), []);
});

Deno.test("a move that a Star may not make is refused before anything is copied", async () => {
  await using grid = await TwoStars.start();
  const { from, to } = grid;
  await from.kill();
  Deno.mkdirSync(from.path("tree"));
  Deno.writeTextFileSync(from.path("tree/file"), "kept");
  const allow = `--allow-read=${from.path("tree")}`;
  from.files = join(grid.folder, "else");
  Deno.mkdirSync(from.files);
  await from.start([allow]);
  const source = { star: "from", path: join(grid.folder, "from/tree") };
  const { state, error } = await grid.over(await grid.sync({ kind: "move", source }));
  assert.equal(state, "failed");
  assert.match(error.message, /may only be read/);
  assert.equal(existsSync(to.path("tree/file")), false);
  assert.equal(Deno.readTextFileSync(source.path + "/file"), "kept");
});
