/** Trees that go from Star to Star, and what the Nucleus sees of them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { findStaged, lookAt } from "../faults/bed.ts";
import { within } from "./bad_days/support.ts";
import { TwoStars } from "./two_stars.ts";

const LARGE_BYTES = 70 << 20;
const SMALL = 40;

/** Files of every kind; returns how many entries there are. */
function makeTree(base: string): number {
  Deno.mkdirSync(join(base, "sub dir/deep/empty"), { recursive: true });
  const names = ["empty", " lead", "-rf", "quo\"te's", "ü 漢字", "*?[a]", "$(x);&|", "%2e%2e"];
  for (const [at, name] of names.entries()) {
    Deno.writeTextFileSync(join(base, "sub dir", name), "x".repeat(at * 1000));
  }
  for (let at = 0; at < SMALL; at++) {
    Deno.writeTextFileSync(join(base, "sub dir/deep", `${at}`), `${at} `.repeat(at * 50));
  }
  const noise = crypto.getRandomValues(new Uint8Array(65_536));
  {
    using large = Deno.createSync(join(base, "large"));
    for (let at = 0; at < LARGE_BYTES; at += noise.length) large.writeSync(noise);
  }
  {
    using holes = Deno.createSync(join(base, "holes"));
    holes.truncateSync(12 << 20);
    holes.seekSync(5 << 20, Deno.SeekMode.Start);
    holes.writeSync(noise);
  }
  Deno.symlinkSync("sub dir/empty", join(base, "link"));
  Deno.symlinkSync("../nowhere", join(base, "dangling"));
  Deno.chmodSync(join(base, "sub dir", "-rf"), 0o600);
  Deno.utimeSync(join(base, "sub dir", " lead"), 1e9, 1e9);
  return lookAt(base).size;
}

function assertSame(to: string, from: string): void {
  assert.deepEqual(lookAt(to), lookAt(from));
  assert.deepEqual(findStaged(to), []);
}

Deno.test("a tree goes from Star to Star, and the Nucleus sees next to nothing of it", async () => {
  await using grid = await TwoStars.start();
  const { from, to, counter } = grid;
  const entries = makeTree(from.path("tree"));
  const before = counter.bytes;
  const synced = await grid.orbit(
    ...["sync", "-S", `from:${from.path("tree")}/`, `to:${to.path("tree")}/`],
  );
  assert.equal(synced.code, 0, synced.stderr);
  const bytes = counter.bytes - before;
  assert(bytes < 100_000 + entries * 1000, `${bytes} bytes to and from the Nucleus`);
  assertSame(to.path("tree"), from.path("tree"));
  const holes = Deno.statSync(to.path("tree/holes"));
  assert(holes.blocks! * 512 < 6 << 20, `${holes.blocks} blocks`);

  // Again, by REST, into another place: the same; and what is there already isn't sent.
  const destination = { star: "to", path: to.path("again") };
  for (const isThere of [false, true]) {
    const { state, progress } = await grid.over(await grid.sync({ destination }));
    assert.equal(state, "succeeded");
    assertSame(to.path("again"), from.path("tree"));
    // The totals of a job stay with it.
    assert(progress.entries >= entries - 1, `${progress.entries} entries`);
    assert.equal(progress.written >= LARGE_BYTES, !isThere, `${progress.written} bytes written`);
    assert.equal(progress.bytes >= LARGE_BYTES, !isThere, `${progress.bytes} bytes read`);
  }

  // And with deletion, as a mirror.
  Deno.removeSync(from.path("tree/large"));
  const options = { delete: true };
  assert.equal((await grid.over(await grid.sync({ destination, options }))).state, "succeeded");
  assertSame(to.path("again"), from.path("tree"));
});

Deno.test("a source that listens nowhere dials the destination, and no other Star is dialled", async () => {
  await using grid = await TwoStars.start({ listens: false, secondListens: true });
  const { from, to } = grid;
  makeTree(from.path("tree"));
  const places = [`from:${from.path("tree")}/`, `to:${to.path("tree")}/`];
  const before = grid.counter.bytes;
  const pushed = await grid.orbit("sync", ...places);
  assert.equal(pushed.code, 0, pushed.stderr);
  assertSame(to.path("tree"), from.path("tree"));
  assert(grid.counter.bytes - before < 2 << 20, "content passed through the Nucleus");
  await within(
    from.process!.waitFor(new RegExp(`dialled a Star.*:${to.port}`), "stderr"),
    "it says so",
  );
});

Deno.test("a source that can't be reached at its address dials the destination instead", async () => {
  await using grid = await TwoStars.start({ secondListens: true });
  const { from, to } = grid;
  makeTree(from.path("tree"));
  await from.kill();
  // Nobody listens there: a port that is reserved.
  await from.start(["--advertise=127.0.0.1:1"]);
  const { code, stderr } = await grid.orbit(
    ...["sync", `from:${from.path("tree")}/`, `to:${to.path("tree")}/`],
  );
  assert.equal(code, 0, stderr);
  assertSame(to.path("tree"), from.path("tree"));
});

Deno.test("Stars that listen nowhere are refused by name, and relayed when that is allowed", async () => {
  await using grid = await TwoStars.start({ listens: false });
  const { from, to } = grid;
  makeTree(from.path("tree"));
  const places = [`from:${from.path("tree")}/`, `to:${to.path("tree")}/`];
  const refused = await grid.orbit("sync", ...places);
  assert.equal(refused.code, 11);
  assert.match(
    refused.stdout + refused.stderr,
    /"from" and "to" listen nowhere.*--listen.*--relay/,
  );
  assert.deepEqual(findStaged(to.files), []);
  const relayed = await grid.orbit("sync", "--relay", "--stats", ...places);
  assert.equal(relayed.code, 0, relayed.stderr);
  assert.match(relayed.stdout, /^Data relayed by the Nucleus: [1-9][\d,]* bytes$/m);
  assertSame(to.path("tree"), from.path("tree"));
});

Deno.test("from the Nucleus's own files to a Star, but not back where they are only read", async () => {
  const config = (folder: string) => {
    makeTree(join(folder, "own/tree"));
    return `[files]\nallowed_paths = ["${folder}/own"]\n`;
  };
  await using grid = await TwoStars.start({ config });
  const { from, to, folder } = grid;
  const own = { path: join(folder, "own/tree") };
  const { state, error } = await grid.over(await grid.sync({ source: own }));
  assert.equal(state, "succeeded", JSON.stringify(error));
  assertSame(to.path("tree"), own.path);
  Deno.mkdirSync(from.path("tree"));
  for (const source of [{ star: "from", path: from.path("tree") }, own]) {
    const destination = { path: join(folder, "own/back") };
    const refused = await grid.ask("/jobs", { kind: "sync", source, destination, contents: true });
    assert.equal(refused.status, 403);
    assert.match((await refused.json()).error.message, /may only be read/);
  }
  assert.throws(() => Deno.statSync(join(folder, "own/back")), Deno.errors.NotFound);
});

Deno.test("a limit of bytes per second holds between Stars", async () => {
  await using grid = await TwoStars.start();
  const { from, to } = grid;
  Deno.mkdirSync(from.path("tree"));
  Deno.writeFileSync(from.path("tree/file"), new Uint8Array(3 << 20).fill(7));
  const startMs = performance.now();
  const job = await grid.over(await grid.sync({ options: { bytesPerSecond: 1 << 20 } }));
  assert.equal(job.state, "succeeded");
  // A limit from below only, which no slow machine breaks: the first second's bytes may be at once.
  assert(performance.now() - startMs > 1500, "it went faster than it may");
  assertSame(to.path("tree"), from.path("tree"));
});
