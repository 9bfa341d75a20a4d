import assert from "node:assert/strict";
import { always } from "#core/bandwidth/mod.ts";
import { systemClock } from "#core/clock.ts";
import { createStarId, parseCertificate, starServerName } from "#core/identity/mod.ts";
import { abortable } from "#core/system/abortable.ts";
import { openInlineSystem } from "#core/system/mod.ts";
import { createGrantKeys, type Grant, GrantSigner, hashItems, type LinkSource } from "./mod.ts";
import { Bench, diskWith, FILES, noise } from "./test_bench.ts";

const options = {
  ...{ tag: "linktest", verify: true, followLinks: false, keepTimes: true, sparse: false },
  ...{ inplace: false, fsync: false, keepPartial: false },
};

Deno.test("content goes from Star to Star, small and large, and what is gone is told", async () => {
  const content = { a: noise(10), b: noise(70 * 1024 * 1024 + 5) };
  await using bench = await Bench.start(content);
  await using link = await bench.open((await bench.grant({ maxBytes: 2 ** 28 })).token);
  const disk = diskWith({});
  await using target = await openInlineSystem(disk, "target");
  const actions = FILES.items.map(({ source, path }) => ({
    ...{ kind: "copy" as const, path, sourcePath: path, source, metadata: { permissions: 0o640 } },
    size: path === "b" ? content.b.length : 10,
  }));
  const request = { sources: ["/data"], base: "/data", actions, options };
  const results = await target.receive(request, link);
  assert.deepEqual(results.map(({ error }) => error?.code), [undefined, undefined, "not_found"]);
  using tree = disk.openTree("/data");
  for (const name of ["a", "b"] as const) {
    using file = tree.openFile(name);
    const bytes = new Uint8Array(content[name].length);
    assert.equal(file.read(bytes, 0), bytes.length);
    assert.deepEqual(bytes, content[name]);
  }
});

Deno.test("a grant is good once, for its Star, its peer, its files, its bytes and its time", async () => {
  await using bench = await Bench.start({ a: noise(300_000), b: noise(10) });
  const denied = { code: "denied" };
  const { token } = await bench.grant();
  await (await bench.open(token))[Symbol.asyncDispose]();
  assert.equal(bench.used.size, 1);
  await assert.rejects(bench.open(token), { ...denied, message: /used before/ });
  const fresh = async (changes?: Partial<Grant>) => (await bench.grant(changes)).token;
  await assert.rejects(bench.open(await fresh(), bench.other), { ...denied, message: /another/ });
  const others = { ...FILES, items: FILES.items.slice(1) };
  await assert.rejects(bench.open(await fresh(), bench.taker, others), denied);
  await assert.rejects(bench.open(await fresh({ source: createStarId() })), denied);
  const cut = await bench.open(await fresh({ maxBytes: 100_000 }));
  const all = { sources: FILES.sources, items: FILES.items.slice(0, 1), followLinks: false };
  await assert.rejects(Array.fromAsync(cut.pack(all)), { code: "unavailable" });
  await cut[Symbol.asyncDispose]();
  assert.equal(bench.meter.totals.grantsRefused, 4);
});

Deno.test("who is revoked is given nothing more: no link, no file, nothing of what is on its way", async () => {
  await using bench = await Bench.start({ a: noise(20 << 20), b: noise(10) });
  const { token } = await bench.grant();
  await using link = await bench.open((await bench.grant()).token);
  const one = { sources: FILES.sources, items: FILES.items.slice(0, 1), followLinks: false };
  const onItsWay = link.pack(one)[Symbol.asyncIterator]();
  assert((await onItsWay.next()).done === false);
  bench.revoked.add(parseCertificate(bench.taker.certificatePem).thumbprint);
  await assert.rejects(
    (async () => {
      while (!(await onItsWay.next()).done);
    })(),
    { code: "unavailable" },
  );
  await assert.rejects(Array.fromAsync(link.pack(one)), { code: "denied", message: /revoked/ });
  await assert.rejects(bench.open(token), { code: "denied", message: /revoked/ });
});

Deno.test("tokens that aren't the Nucleus's own are refused, however they are made", async () => {
  await using bench = await Bench.start({ a: noise(10) });
  const { token } = await bench.grant();
  const [head, body, signature] = token.split(".");
  const json = (part: object) =>
    new TextEncoder().encode(JSON.stringify(part)).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    });
  const foreign = await GrantSigner.open((await createGrantKeys()).privatePem, systemClock);
  const forged = await foreign.sign({
    address: "127.0.0.1:1",
    source: bench.source,
    destinationThumbprint: parseCertificate(bench.taker.certificatePem).thumbprint,
    itemsHash: hashItems(FILES),
    maxBytes: 1,
  }, 1000);
  const bad = [
    "",
    "x",
    "a.b.c",
    `${head}.${body}.${signature.slice(0, -4)}AAAA`,
    `${json({ alg: "none", typ: "orbit-grant+jwt" })}.${body}.`,
    `${json({ alg: "HS256", typ: "orbit-grant+jwt" })}.${body}.${signature}`,
    `${json({ alg: "EdDSA" })}.${body}.${signature}`,
    `${head}.${json({ iss: "orbit-nucleus" })}.${signature}`,
    forged.token,
    `${token}${"A".repeat(1 << 20)}`,
  ];
  for (const [at, each] of bad.entries()) {
    await assert.rejects(bench.open(each), { code: "denied" }, each.slice(0, 80));
    assert.equal(bench.meter.totals.grantsRefused, at + 1, each.slice(0, 80));
  }
  assert.deepEqual(bench.statuses, bad.map(() => 403));
  await (await bench.open(token))[Symbol.asyncDispose]();
});

Deno.test("a link is made only to the Star that is meant, and only by Stars", async () => {
  await using bench = await Bench.start({ a: noise(10) });
  const { token } = await bench.grant();
  const elsewhere = starServerName(createStarId());
  await assert.rejects(bench.open(token, bench.taker, FILES, elsewhere), { code: "unavailable" });
  bench.port = 1;
  await assert.rejects(bench.open(token), { code: "unavailable" });
});

/** Takes the first file over and over, over so many connections, and counts. */
class Greedy {
  bytes = 0;
  readonly #over = new AbortController();
  readonly #work: Promise<void>[] = [];

  constructor(readonly link: LinkSource, width: number) {
    for (let i = 0; i < width; i++) this.#work.push(this.#take());
  }

  async #take(): Promise<void> {
    const request = { ...FILES, items: FILES.items.slice(0, 1) };
    const { signal } = this.#over;
    try {
      for (;;) {
        for await (const parcel of this.link.pack(request, { signal })) this.bytes += parcel.length;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#work);
    await this.link[Symbol.asyncDispose]();
  }
}

Deno.test("what a Star gives is limited, and shared by jobs however many connections each has", async () => {
  await using bench = await Bench.start({ a: noise(300_000) }, always(1_000_000));
  const open = async (job: string) => await bench.open((await bench.grant({ job })).token);
  const takers = [
    new Greedy(await open("many"), 16),
    new Greedy(await open("many"), 16),
    new Greedy(await open("one"), 1),
  ];
  const given = () => bench.meter.totals.bytesGiven;
  // Time stands still: nothing flows but what the clock lets.
  for (let ms = 100; ms <= 6000; ms += 100) {
    await bench.limitClock.advance(100);
    assert(given() <= ms * 1000, `${given()} bytes after ${ms} ms`);
    // Answers have to cross a real network before the next are asked for.
    await until(() => bench.limitClock.sleeping > 0);
  }
  assert(given() > 4_000_000, `${given()}`);
  const one = takers[2].bytes;
  assert(one > given() / 3, `${one} of ${given()}`);
  bench.limitClock.advance(1e9);
  for (const taker of takers) await taker[Symbol.asyncDispose]();
});

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((turn) => setTimeout(turn, 1));
}

Deno.test("recipes go over a link, as many as its grant allows", async () => {
  await using bench = await Bench.start({ a: noise(600_000) });
  const maxBytes = 1_000_000;
  await using link = await bench.open((await bench.grant({ maxBytes })).token);
  const parameters = { min: 2048, avg: 8192, max: 32_768 };
  const ask = (until: number) => {
    const recipe = { parameters, from: 0, until };
    const items = [{ ...FILES.items[0], length: 0, recipe }];
    return Array.fromAsync(link.pack({ sources: FILES.sources, items, followLinks: false }));
  };
  const [parcel] = await ask(600_000);
  assert(parcel.length > 600_000 / 32_768 * 36 && parcel.length < 20_000, `${parcel.length} bytes`);
  await assert.rejects(ask(2 ** 27), { code: "invalid" });
  await ask(2 ** 26 - 600_000);
  await assert.rejects(ask(2 ** 26), { code: "denied" });
});

Deno.test("what is asked for with the grant comes without another request", async () => {
  await using bench = await Bench.start({ a: noise(300_000), b: noise(10) });
  await using link = await bench.openAs((await bench.grant()).token, { packAll: true });
  const all = await Array.fromAsync(link.pack(FILES));
  assert.deepEqual(bench.statuses, [200]);
  // The link is as any other: what is asked for again comes again.
  assert.deepEqual(await Array.fromAsync(link.pack(FILES)), all);
  assert.deepEqual(bench.statuses, [200, 200]);
});

Deno.test("what was asked for with the grant is given up when something else is wanted", async () => {
  await using bench = await Bench.start({ a: noise(20 << 20), b: noise(10) });
  const { token } = await bench.grant();
  await using link = await bench.openAs(token, { packAll: true });
  const [gone, last] = [FILES.items[2], FILES.items[1]];
  const others = { ...FILES, items: [gone, last] };
  assert.equal((await Array.fromAsync(link.pack(others))).length, 1);
  await assert.rejects(bench.open(token), { code: "denied", message: /used before/ });
});

Deno.test("nothing goes on for a destination that left while its grant was written down", async () => {
  await using bench = await Bench.start({ a: noise(20 << 20) });
  const asked = Promise.withResolvers<void>(), written = Promise.withResolvers<void>();
  bench.saving = () => {
    asked.resolve();
    return written.promise;
  };
  const gone = new AbortController();
  const { token } = await bench.grant();
  const opening = bench.openAs(token, { packAll: true, signal: gone.signal });
  await asked.promise;
  gone.abort(new Error("gone"));
  await assert.rejects(opening, /gone/);
  await bench.left.promise;
  written.resolve();
  await abortable(AbortSignal.timeout(10_000), bench.packed.promise);
});

Deno.test("a grant that is refused opens nothing, content asked for or not", async () => {
  await using bench = await Bench.start({ a: noise(300_000) });
  const open = async (changes: Partial<Grant>, credentials = bench.taker) =>
    await bench.openAs((await bench.grant(changes)).token, { credentials, packAll: true });
  await assert.rejects(open({}, bench.other), { code: "denied", message: /another/ });
  await assert.rejects(open({ itemsHash: "0".repeat(64) }), { code: "denied" });
  // More than it allows is broken off.
  const takeTooMuch = async () => {
    await using cut = await open({ maxBytes: 100_000 });
    await Array.fromAsync(cut.pack(FILES));
  };
  await assert.rejects(takeTooMuch(), { code: "unavailable" });
  assert.equal(bench.meter.totals.grantsRefused, 2);
});
