import assert from "node:assert/strict";
import {
  type ChunkList,
  concatChunkLists,
  createChunkIndexHeader,
  parametersFor,
} from "#core/cdc/mod.ts";
import { ManualClock } from "#core/clock.ts";
import { silentLogger } from "#core/log/mod.ts";
import { createMemoryDisk, openInlineSystem } from "#core/system/mod.ts";
import { readParcel } from "#core/system/parcel/format.ts";
import { TemporaryFolder } from "#core/universe/temporary_universe.ts";
import { LEAST_BYTES, StarUniverse } from "./star_universe.ts";

const SIZE = LEAST_BYTES + 100_000;

function noise(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let i = 0, state = seed; i < length; i++) {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** A Star's files, and where it keeps what it knows of them. */
class Bench implements Disposable {
  readonly folder = new TemporaryFolder();
  readonly disk = createMemoryDisk({ roots: ["/data"] });

  write(name: string, bytes: Uint8Array): void {
    using tree = this.disk.openTree("/data");
    this.remove(name);
    using file = tree.createFile(name);
    file.write(bytes, 0);
  }

  remove(name: string): void {
    using tree = this.disk.openTree("/data");
    if (tree.facts(name) !== null) tree.removeFile(name);
  }

  async open(database = this.folder.open(), clock = new ManualClock()): Promise<StarUniverse> {
    const system = await openInlineSystem(this.disk);
    return new StarUniverse(database, { system, clock, log: silentLogger });
  }

  async chunks(name: string): Promise<ChunkList> {
    const system = await openInlineSystem(this.disk);
    const lists = system.chunkFile(`/data/${name}`, parametersFor(SIZE));
    return concatChunkLists(await Array.fromAsync(lists));
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

/** How many of the chunks are there. */
async function found(universe: StarUniverse, { hashes }: ChunkList): Promise<number> {
  return (await universe.find(hashes)).filter((one) => one === 1).length;
}

Deno.test("StarUniverse finds and gives the chunks of files that it was told of", async () => {
  using bench = new Bench();
  const content = noise(SIZE, 1);
  bench.write("large", content);
  bench.write("small", noise(LEAST_BYTES - 1, 2));
  await using universe = await bench.open();
  for (const name of ["large", "small", "gone"]) universe.note(`/data/${name}`, SIZE);
  await universe.settled();
  const chunks = await bench.chunks("large"), count = chunks.lengths.length;
  assert.equal(await found(universe, chunks), count);
  assert.equal(await found(universe, await bench.chunks("small")), 0);
  const last = chunks.hashes.slice(-32);
  const records = [];
  for await (const parcel of universe.packChunks(last)) records.push(...readParcel(parcel));
  assert.deepEqual(records.map(({ kind }) => kind), ["open", "data", "close"]);
  const data = records.find((record) => record.kind === "data")!;
  assert.deepEqual(data.bytes, content.subarray(SIZE - chunks.lengths[count - 1]));
  await assert.rejects(Array.fromAsync(universe.packChunks(new Uint8Array(32))), {
    code: "not_found",
  });
});

Deno.test("StarUniverse forgets files that changed or went, when it is asked or starts anew", async () => {
  using bench = new Bench();
  for (const name of ["one", "two", "three"]) bench.write(name, noise(SIZE, name.length * 7));
  const lists = [await bench.chunks("one"), await bench.chunks("three")];
  {
    await using universe = await bench.open();
    universe.note("/data/one", SIZE);
    universe.note("/data/three", SIZE);
    await universe.settled();
    bench.write("one", noise(SIZE, 9));
    assert.equal(await found(universe, lists[0]), lists[0].lengths.length);
    const asked = Array.fromAsync(universe.packChunks(lists[0].hashes.slice(0, 32)));
    await assert.rejects(asked, { code: "conflict" });
    assert.equal(await found(universe, lists[0]), 0);
  }
  bench.remove("three");
  await using universe = await bench.open();
  assert.equal(await found(universe, lists[1]), lists[1].lengths.length);
  universe.start();
  await universe.settled();
  assert.equal(await found(universe, lists[1]), 0);
});

Deno.test("StarUniverse has soon looked at all that it knows, however busy its Star is", async () => {
  using bench = new Bench();
  const database = bench.folder.open(), clock = new ManualClock();
  const chunks = { offset: 0, lengths: Uint32Array.of(9), hashes: new Uint8Array(32).fill(1) };
  const header = createChunkIndexHeader(chunks, parametersFor(9));
  const gone = (_: unknown, number: number) => `/data/gone${number}`;
  const file = { star: "self", version: "1", header, chunks };
  database.put(Array.from({ length: 150 }, gone).map((path) => ({ ...file, path })));
  await using universe = await bench.open(database, clock);
  universe.isBusy = () => true;
  universe.start();
  for (let second = 0; second < 100; second++) await clock.advance(1000);
  assert.deepEqual(database.files("self", { limit: 9 }), []);
});

Deno.test("StarUniverse finds and gives only what lies beneath the paths that count", async () => {
  using bench = new Bench();
  const content = noise(SIZE, 1);
  bench.write("here", content);
  bench.write("here too", content);
  using tree = bench.disk.openTree("/data");
  tree.makeDirectory("in", 0o755);
  bench.write("in/there", noise(SIZE, 2));
  await using universe = await bench.open();
  for (const name of ["here", "here too", "in/there"]) universe.note(`/data/${name}`, SIZE);
  await universe.settled();
  const [here, there] = [await bench.chunks("here"), await bench.chunks("in/there")];
  const all = async ({ hashes }: ChunkList, within: string[]) =>
    (await universe.find(hashes, { within })).every((one) => one === 1);
  for (const within of [["/data"], ["/"], ["/data/here"], ["/x", "/data/here too"]]) {
    assert.equal(await all(here, within), true, `${within}`);
  }
  for (const within of [[], ["/dat"], ["/data/he"], ["/data/in"]]) {
    assert.equal(await all(here, within), false, `${within}`);
    await assert.rejects(
      Array.fromAsync(universe.packChunks(here.hashes.slice(0, 32), { within })),
      { code: "not_found" },
    );
  }
  assert.equal(await all(there, ["/data/in"]), true);
  const first = there.hashes.slice(0, 32), within = ["/data/in"];
  assert.equal((await Array.fromAsync(universe.packChunks(first, { within }))).length, 1);
  // The same file, where a link leads from the place that it was known at.
  tree.rename("in", "out");
  tree.makeLink("in", "out");
  assert.equal((await Array.fromAsync(universe.packChunks(first, {}))).length, 1);
  await assert.rejects(
    Array.fromAsync(universe.packChunks(first, { within })),
    { code: "conflict", message: /a file has changed/ },
  );
});
