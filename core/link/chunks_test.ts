/** Grants for chunks, and destinations that want more than they are for. */
import assert from "node:assert/strict";
import { type Grant, hashItems, type LinkFiles } from "./mod.ts";
import { Bench, FILES, noise } from "./test_bench.ts";

Deno.test("chunks are told of and given by their hashes, to those whose grant says so", async () => {
  await using bench = await Bench.start({ a: noise(10) });
  const none: LinkFiles = { sources: [], items: [], followLinks: false };
  const itemsHash = hashItems(none);
  const open = async (changes: Partial<Grant>, files: LinkFiles) =>
    await bench.open((await bench.grant(changes)).token, bench.taker, files);
  const hashes = new Uint8Array(3 * 32);
  hashes[32] = 1;
  {
    await using link = await open({ chunks: true, itemsHash }, none);
    assert.deepEqual([...await link.find(hashes)], [0, 1, 0]);
    assert.equal((await Array.fromAsync(link.packChunks(hashes))).length, 1);
    for (const wrong of [0, 31, 33, 8193 * 32]) {
      await assert.rejects(link.find(new Uint8Array(wrong)), { code: "invalid" });
    }
    const tooMany = link.packChunks(new Uint8Array(1025 * 32));
    await assert.rejects(Array.fromAsync(tooMany), { code: "invalid" });
    const file = { sources: ["/data"], items: FILES.items.slice(0, 1), followLinks: false };
    await assert.rejects(Array.fromAsync(link.pack(file)), { code: "invalid" });
  }
  await using link = await open({}, FILES);
  await assert.rejects(link.find(hashes), { code: "denied" });
  await assert.rejects(Array.fromAsync(link.packChunks(hashes)), { code: "denied" });
});

Deno.test("no more chunks are asked about than a grant allows", async () => {
  await using bench = await Bench.start({ a: noise(10) });
  const none: LinkFiles = { sources: [], items: [], followLinks: false };
  const changes = { chunks: true, itemsHash: hashItems(none), maxBytes: 100 * 32 };
  await using link = await bench.open((await bench.grant(changes)).token, bench.taker, none);
  await link.find(new Uint8Array(60 * 32));
  await link.find(new Uint8Array(40 * 32));
  await assert.rejects(link.find(new Uint8Array(32)), { code: "denied" });
});

Deno.test("a destination that tries hashes by asking for their content is stopped as well", async () => {
  await using bench = await Bench.start({ a: noise(10) });
  const none: LinkFiles = { sources: [], items: [], followLinks: false };
  const changes = { chunks: true, itemsHash: hashItems(none), maxBytes: 64 * 16 * 1024 };
  await using link = await bench.open((await bench.grant(changes)).token, bench.taker, none);
  const guess = async (count: number) =>
    await Array.fromAsync(link.packChunks(crypto.getRandomValues(new Uint8Array(count * 32))));
  // Twice the chunks that so many bytes can be cut into, and what a file begins with.
  await guess(1024);
  await link.find(new Uint8Array(100 * 32));
  await guess(28);
  await assert.rejects(guess(1), { code: "denied", message: /more chunks are asked about/ });
  await assert.rejects(link.find(new Uint8Array(32)), { code: "denied" });
});

Deno.test("chunks are looked for only where the grant says", async () => {
  await using bench = await Bench.start({ a: noise(10) });
  const none: LinkFiles = { sources: [], items: [], followLinks: false };
  const within = ["/data/in", "/mnt/\udcff"];
  const changes = { chunks: true, itemsHash: hashItems(none), within };
  await using link = await bench.open((await bench.grant(changes)).token, bench.taker, none);
  await link.find(new Uint8Array(32));
  await Array.fromAsync(link.packChunks(new Uint8Array(32)));
  assert.deepEqual(bench.looked, [within, within]);
});
