/** Jobs that copy between any two of Stars and the Nucleus: the same trees, whichever way. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { findStaged } from "../faults/bed.ts";
import { makeTree } from "../support/trees.ts";
import { startProcess } from "../support/run.ts";
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
  const preserve = ["-HAX"];
  for (const [name, [[source, path], [destination, target]]] of Object.entries(ends)) {
    await t.step(name, async () => {
      const places = [`${source}:${path}/`, `${destination}:${target}/`];
      const synced = await grid.orbit("sync", ...preserve, ...places);
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
    });
  }
});

Deno.test("a path of this machine is no place on a grid", async () => {
  await using grid = await startGrid();
  const { code, stderr } = await grid.orbit("sync", "from:/data/", "/tmp");
  assert.equal(code, 1);
  assert.match(stderr, /nucleus:\/PATH/);
});
