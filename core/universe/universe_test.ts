import assert from "node:assert/strict";
import { Database } from "#core/sqlite/mod.ts";
import {
  applyTo,
  assertSame,
  fileOf,
  hashesOf,
  hashOf,
  Model,
  randomChange,
  randomFrom,
} from "./model.ts";
import { MAX_LOOK_UP, Universe, type UniverseOptions } from "./mod.ts";
import { UNIVERSE_DATABASE } from "./schema.ts";
import { TemporaryFolder } from "./temporary_universe.ts";

/** Runs and merges of everything, in steps as small as they can be. */
const SMALL: UniverseOptions = { cacheBytes: 1, freshEntries: 100, stepEntries: 60 };

Deno.test("Universe knows what a simple model knows, after any changes, reopened and died at any moment", () => {
  let mostRuns = 0;
  for (let seed = 1; seed <= 12; seed++) {
    using folder = new TemporaryFolder();
    const random = randomFrom(seed);
    const options = { hashes: 60 + seed * 60, files: 4, chunks: seed % 3 === 0 ? 700 : 60 };
    const model = new Model();
    let universe = folder.open(SMALL);
    try {
      for (let step = 0; step < 120; step++) {
        const change = randomChange(random, step, options);
        applyTo(universe, change);
        model.apply(change);
        mostRuns = Math.max(mostRuns, universe.counts().runs);
        const next = random();
        if (next < 0.05) {
          universe[Symbol.dispose]();
          universe = folder.open(SMALL);
        } else if (next < 0.1) {
          using copy = new TemporaryFolder();
          folder.copyTo(copy.path);
          using died = copy.open(SMALL);
          assertSame(died, model, options);
        } else if (next < 0.3) assertSame(universe, model, options);
      }
      while (universe.maintain());
      assertSame(universe, model, options);
    } catch (error) {
      throw new Error(`with seed ${seed}`, { cause: error });
    } finally {
      universe[Symbol.dispose]();
    }
  }
  assert.ok(mostRuns >= 3, `${mostRuns} runs`);
});

Deno.test("Universe.maintain leaves few runs, and no entries of what was removed", () => {
  using folder = new TemporaryFolder();
  using universe = folder.open({ ...SMALL, freshEntries: 500 });
  const numbers = Array.from({ length: 500 }, (_, i) => 1000 + i);
  for (let i = 0; i < 40; i++) {
    universe.put([fileOf("nas", `/${i}`, "1", numbers.map((n) => n + i * 500))]);
  }
  while (universe.maintain());
  assert.equal(universe.counts().entries, 20_000);
  assert.ok(universe.counts().runs <= 5);
  universe.removeStar("nas");
  assert.equal(universe.lookUp(hashOf(1000)).has(0), false);
  assert.deepEqual([universe.file("nas", "/0"), universe.files("nas")], [undefined, []]);
  for (let i = 0; i < 40; i++) {
    universe.put([fileOf("other", `/${i}`, "1", numbers.map((n) => n + (50 + i) * 500))]);
  }
  while (universe.maintain());
  assert.equal(universe.counts().entries, 20_000);
  const found = universe.lookUp(hashesOf([1000, 1000 + 50 * 500]));
  assert.deepEqual([found.has(0), found.has(1)], [false, true]);
});

Deno.test("Universe.lookUp tells chunks apart whose keys are equal, and finds the newest of many", () => {
  using folder = new TemporaryFolder();
  using universe = folder.open({ ...SMALL, freshEntries: 450 });
  // 0 and 3 have one key; together they are in more files than are looked at.
  universe.put([fileOf("nas", "/rare", "1", [3])]);
  for (let i = 0; i < 300; i++) universe.put([fileOf("nas", `/${i}`, "1", [10, 0, 10, 0])]);
  const paths = (n: number) =>
    universe.lookUp(hashOf(n), { places: 3, placesPerStar: 3 }).placesOf(0)
      .map(({ file, offset }) => [file.path, offset]);
  assert.deepEqual(paths(0), [["/299", 74], ["/298", 74], ["/297", 74]]);
  assert.deepEqual(paths(6), []);
  assert.deepEqual(paths(3), []);
  universe.removeFile("nas", "/298", "2");
  universe.removeFile("nas", "/299", "1");
  assert.deepEqual(paths(0), [["/298", 74], ["/297", 74], ["/296", 74]]);
  for (let i = 0; i < 200; i++) universe.removeFile("nas", `/${i}`);
  while (universe.maintain());
  assert.deepEqual(paths(3), [["/rare", 0]]);
});

Deno.test("Universe.put indexes a chunk that a file repeats once", () => {
  using folder = new TemporaryFolder();
  {
    using universe = folder.open();
    universe.put([fileOf("nas", "/disk", "1", new Array(10_000).fill(7))]);
    assert.equal(universe.counts().entries, 1);
  }
  using universe = folder.open();
  assert.equal(universe.counts().entries, 1);
  const { chunks, file } = universe.chunks("nas", "/disk")!;
  assert.deepEqual([chunks.lengths.length, file.size], [10_000, 710_000]);
});

Deno.test("Universe.findContent finds the same content on the best Stars, wherever it was moved", () => {
  using folder = new TemporaryFolder();
  using universe = folder.open();
  const content = hashOf(99);
  const put = (star: string, path: string) =>
    universe.put([fileOf(star, path, "1", [1, 2], { content })]);
  put("far", "/old/x");
  put("near", "/y");
  put("near", "/z");
  universe.put([fileOf("near", "/other", "1", [1, 2], { content: hashOf(98) })]);
  assert.equal(universe.rename("far", "/old", "/new"), 1);
  const found = universe.findContent(content, { stars: ["near", "nobody", "far", "near"] });
  assert.deepEqual(found.map(({ path }) => path), ["/z", "/y", "/new/x"]);
  assert.deepEqual(found[0].content, content);
  const [first] = universe.findContent(content, { limit: 1 });
  assert.equal(first.star, "far");
  universe.removeStar("far");
  assert.deepEqual(universe.findContent(content, { stars: ["far"] }), []);
});

Deno.test("Universe.files lists in the order of bytes, beneath a folder, page by page", () => {
  using folder = new TemporaryFolder();
  using universe = folder.open();
  const paths = ["/a", "/a/1", "/a/b/c", "/a.b", "/a/\ud83d\ude00", "/a/\udcff", "/a/\uffee", "/b"];
  universe.put(paths.map((path) => fileOf("nas", path, "1", [])));
  const sorted = [
    "/a",
    "/a.b",
    "/a/1",
    "/a/b/c",
    "/a/\uffee",
    "/a/\ud83d\ude00",
    "/a/\udcff",
    "/b",
  ];
  const names = (options = {}) => universe.files("nas", options).map(({ path }) => path);
  assert.deepEqual(names(), sorted);
  assert.deepEqual(names({ beneath: "/a" }), sorted.slice(2, 7));
  assert.deepEqual(names({ beneath: "/a", after: "/a/b/c", limit: 2 }), sorted.slice(4, 6));
  assert.deepEqual(names({ after: "/b" }), []);
  assert.equal(universe.removeTree("nas", "/a"), 6);
  assert.deepEqual(names(), ["/a.b", "/b"]);
  assert.equal(universe.removeTree("nas", "/"), 2);
});

Deno.test("Universe refuses what can't be, and changes nothing", () => {
  using folder = new TemporaryFolder();
  using universe = folder.open();
  const good = fileOf("nas", "/good", "1", [1, 2, 3]);
  const bad = (change: object) => () => universe.put([good, { ...good, ...change }]);
  const invalid = { code: "invalid" };
  assert.throws(bad({ path: "" }), invalid);
  assert.throws(bad({ path: "/a/" }), invalid);
  assert.throws(bad({ path: "/a\0b" }), invalid);
  assert.throws(bad({ path: "/\ud800" }), invalid);
  assert.throws(bad({ path: `/${"x".repeat(40_000)}` }), invalid);
  assert.throws(bad({ star: "" }), invalid);
  assert.throws(bad({ star: "x".repeat(300) }), invalid);
  assert.throws(bad({ version: "\ud800" }), invalid);
  assert.throws(bad({ content: new Uint8Array(31) }), invalid);
  assert.throws(bad({ header: { ...good.header, fileSize: 1 } }), { code: "corrupt" });
  assert.throws(bad({ header: { ...good.header, algorithm: "x" } }), invalid);
  assert.throws(bad({ chunks: { ...good.chunks, hashes: new Uint8Array(1e6) } }), {
    code: "corrupt",
  });
  assert.deepEqual([universe.files("nas"), universe.counts().entries], [[], 0]);
  assert.throws(() => universe.lookUp(new Uint8Array(33)), invalid);
  assert.throws(() => universe.lookUp(new Uint8Array((MAX_LOOK_UP + 1) * 32)), invalid);
  assert.throws(() => universe.lookUp(hashOf(1), { places: 65 }), invalid);
  assert.throws(() => universe.lookUp(hashOf(1), { placesPerStar: 0 }), invalid);
  assert.throws(() => universe.files("nas", { limit: 0 }), invalid);
  assert.throws(() => universe.findContent(new Uint8Array(0)), invalid);
  assert.throws(() => universe.rename("nas", "/a", "/a/b"), invalid);
  assert.throws(() => universe.rename("nas", "/a/b", "/a"), invalid);
  assert.equal(universe.lookUp(new Uint8Array(0)).count, 0);
});

Deno.test("Universe.put leaves no trace when the disk is full, and the universe goes on", () => {
  using folder = new TemporaryFolder();
  const database = new Database(`${folder.path}/universe_v3.db`, UNIVERSE_DATABASE);
  using universe = new Universe(database, { cacheBytes: 1, freshEntries: 1000, stepEntries: 100 });
  const options = { hashes: 60, files: 3, chunks: 60 };
  const model = new Model();
  const random = randomFrom(5);
  for (let step = 0; step < 40; step++) {
    const change = randomChange(random, step, options);
    applyTo(universe, change);
    model.apply(change);
  }
  const pages = database.prepare("PRAGMA page_count").first()!.page_count;
  database.prepare(`PRAGMA max_page_count = ${pages + 5}`).first();
  const numbers = Array.from({ length: 3000 }, (_, i) => i % 60 + 60);
  const many = [fileOf("new star", "/a", "1", [1, 2, 3]), fileOf("nas-1", "/a/1", "2", numbers)];
  assert.throws(() => universe.put(many), { code: "exhausted" });
  assertSame(universe, model, options);
  assert.deepEqual(universe.files("new star"), []);
  database.prepare(`PRAGMA max_page_count = ${pages * 100}`).first();
  universe.put([many[0]]);
  assert.equal(universe.files("new star").length, 1);
  universe.removeStar("new star");
  assertSame(universe, model, options);
});
