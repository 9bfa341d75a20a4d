/** `orbit sync --manifest` between Stars writes what it writes on one machine. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { hasCommand } from "../../tools/peers.ts";
import { runOrbit } from "../support/run.ts";
import { runScript } from "../support/shell.ts";
import { makeTree } from "../support/trees.ts";
import { within } from "./bad_days/support.ts";
import { TwoStars } from "./two_stars.ts";

/** Names that a list has to escape, or can't hold. */
const ODD_NAMES = [
  "mkdir -p d; echo 1 > $'new\\nline'; echo 2 > 'back\\slash'; echo 3 > $'re\\rturn'",
  "echo 4 > $'no\\xffutf'; echo 5 > $'d/b\\xc3\\\\th\\n'; echo 6 > ü; : > empty",
];

Deno.test("a manifest of a grid is the one of this machine, byte for byte", async () => {
  await using grid = await TwoStars.start();
  const { from, to, folder } = grid;
  makeTree(31, from.path("a"), { count: 300 });
  runScript(from.path("a"), ODD_NAMES);
  // More than one page.
  Deno.mkdirSync(from.path("a/many"));
  for (let file = 0; file < 600; file++) Deno.writeTextFileSync(from.path(`a/many/${file}`), "x");
  const source = `${from.path("a")}/`;
  const [here, there] = ["here", "there"].map((name) => join(folder, `${name}.b3`));
  const args = (file: string, ...more: string[]) => ["sync", "-HAX", `--manifest=${file}`, ...more];
  const local = await runOrbit(args(here, source, join(folder, "here")), { home: folder });
  const first = await grid.orbit(...args(there, `from:${source}`, `to:${to.path("b")}`));
  assert.deepEqual([first.code, first.stdout], [local.code, local.stdout], first.stderr);
  const expected = Deno.readTextFileSync(here);
  assert.equal(Deno.readTextFileSync(there), expected);
  for (const name of ["\\nline\n", "back\\\\slash\n", "no\ufffdutf\n", "many/599\n"]) {
    assert(expected.includes(name), name);
  }
  // Though nothing is to be copied, and another list was there.
  Deno.writeTextFileSync(there, "old");
  const again = await grid.orbit(...args(there, `from:${source}`, `to:${to.path("b")}`));
  assert.equal(again.code, 0, again.stderr);
  assert.equal(Deno.readTextFileSync(there), expected);
  // The directory by its name, and a file by another.
  Deno.mkdirSync(join(folder, "here/in"));
  Deno.mkdirSync(to.path("b/in"));
  for (const [from_, to_] of [["a", "in"], ["a/ü", "in/other"], ["a/ü", "in/"]]) {
    const near = args(here, `${from.files}/${from_}`, `${folder}/here/${to_}`);
    const far = args(there, `from:${from.files}/${from_}`, `to:${to.path("b")}/${to_}`);
    assert.equal((await runOrbit(near, { home: folder })).code, 0);
    assert.equal((await grid.orbit(...far)).code, 0);
    assert.equal(Deno.readTextFileSync(there), Deno.readTextFileSync(here));
    assert.match(Deno.readTextFileSync(here), /^\\?[0-9a-f]{64} {2}(a\/|other\n|ü\n)/);
  }
  const left = [...Deno.readDirSync(folder)].map(({ name }) => name);
  assert.deepEqual(left.filter((name) => name.endsWith(".tmp")), []);
});

Deno.test({
  name: "b3sum and orbit verify agree with a manifest of a grid, and find what changed",
  ignore: !hasCommand("b3sum"),
  async fn() {
    await using grid = await TwoStars.start();
    const { from, to, folder } = grid;
    Deno.mkdirSync(from.path("a"));
    runScript(from.path("a"), ["mkdir d; echo one > one; echo two > d/two; echo n > $'n\\nl'"]);
    const list = join(folder, "sums");
    const places = [`from:${from.path("a")}/`, `to:${to.path("b")}/`];
    const made = await grid.orbit("sync", `--manifest=${list}`, ...places);
    assert.equal(made.code, 0, made.stderr);
    const verify = () =>
      runOrbit(["verify", "--strict", "--manifest", list, to.path("b")], { home: folder });
    const check = () =>
      new TextDecoder().decode(runScript(to.path("b"), [`b3sum --check '${list}' 2>&1 || true`]));
    assert.equal((await verify()).code, 0);
    assert.equal(check().match(/: OK$/gm)?.length, 3);
    Deno.writeTextFileSync(to.path("b/d/two"), "2wo\n");
    const found = await verify();
    assert.equal(found.code, 23, found.stderr);
    assert.match(found.stdout, /d\/two/);
    assert.match(check(), /^d\/two: FAILED$/m);
  },
});

Deno.test("what can't be written, hashed or shown ends as on this machine", async () => {
  await using grid = await TwoStars.start();
  const { from, to, folder } = grid;
  Deno.mkdirSync(from.path("a"));
  Deno.writeTextFileSync(from.path("a/file"), "text");
  const places = [`from:${from.path("a")}/`, `to:${to.path("b")}/`];
  const local = [`${from.path("a")}/`, join(folder, "here")];
  for (
    const [option, code] of [
      [`--manifest=${join(folder, "missing/sums")}`, 3],
      [`--manifest=${from.path("a")}`, 3],
      ["--manifest=", 1],
    ] as const
  ) {
    const there = await grid.orbit("sync", option, ...places);
    const here = await runOrbit(["sync", option, ...local], { home: folder });
    assert.deepEqual([there.code, here.code], [code, code], there.stderr);
    assert.equal(there.stderr, here.stderr);
  }
  assert.throws(() => Deno.statSync(to.path("b")), Deno.errors.NotFound);
  const refused = await grid.orbit("sync", "-n", "--manifest=sums", ...places);
  assert.deepEqual([refused.code, refused.stdout], [1, ""]);
  const unseen = await grid.orbit("sync", "--detach", "--manifest=sums", ...places);
  assert.deepEqual([unseen.code, unseen.stdout], [1, ""]);
  assert.match(unseen.stderr, /--manifest: not with --detach/);
});

Deno.test("a job that is interrupted while it hashes still gives the whole manifest", async () => {
  await using grid = await TwoStars.start();
  const { from, to, folder } = grid;
  const count = 12, size = 256 << 20;
  const names = Array.from({ length: count }, (_, file) => `file ${file}`);
  for (const star of [from, to]) {
    Deno.mkdirSync(star.path("tree"));
    for (const [index, name] of names.entries()) {
      using file = Deno.createSync(star.path("tree", name));
      file.writeSync(Uint8Array.of(index));
      file.truncateSync(size); // holes, for the most part
      file.utimeSync(1_000_000_000, 1_000_000_000);
    }
  }
  const list = join(folder, "sums");
  const places = [`from:${from.path("tree")}/`, `to:${to.path("tree")}/`];
  await using running = grid.startOrbit("sync", "--json", `--manifest=${list}`, ...places);
  const [, id] = await running.waitFor(/"jobId":"(\w{12})"/);
  const hashed = async () => {
    const { steps } = await grid.job(id);
    const step = steps.find(({ name }: { name: string }) => name === "manifest");
    return step.counts.done.items >= 2 ? step.counts.done.items as number : undefined;
  };
  assert(await grid.until(hashed, "two files are hashed") < count, "all are hashed");
  await grid.killNucleus();
  // What was hashed already, and is no part of the sync any more.
  Deno.removeSync(from.path("tree", names[0]));
  Deno.removeSync(to.path("tree", names[0]));
  await grid.startNucleus();
  const { code, stderr } = await within(running.result, "the sync ends", 60_000);
  assert.equal(code, 0, stderr);
  assert.equal((await grid.job(id)).attempt, 2);
  const sent = grid.from.counter!.bytes + grid.counter.bytes;
  assert(sent < 2 << 20, `${sent} bytes: more than hashes crossed the wire`);
  const lines = Deno.readTextFileSync(list).trimEnd().split("\n");
  assert.deepEqual(lines.map((line) => line.slice(66)).sort(), names.slice(1).sort());
  const verified = await runOrbit(["verify", "--manifest", list, to.path("tree")], {
    home: folder,
  });
  assert.equal(verified.code, 0, verified.stderr);
});
