import assert from "node:assert/strict";
import { createServer } from "node:http";
import { always, Bandwidth, type Timetable } from "#core/bandwidth/mod.ts";
import { ManualClock, systemClock } from "#core/clock.ts";
import { createStarId, parseCertificate, starServerName } from "#core/identity/mod.ts";
import { openTlsPort } from "#core/rpc/mod.ts";
import { abortable } from "#core/system/abortable.ts";
import { createMemoryDisk, type Disk, openInlineSystem } from "#core/system/mod.ts";
import {
  createGrantKeys,
  createLinkServer,
  type Grant,
  GrantSigner,
  hashItems,
  type LinkCredentials,
  type LinkFiles,
  LinkMeter,
  LinkPool,
  type LinkSource,
  openLink,
  ReplayGuard,
  type UsedEntry,
} from "./mod.ts";
import type { OpenOptions } from "./client.ts";
import { TestNucleus } from "./test_nucleus.ts";

const FILES: LinkFiles = {
  sources: ["/data"],
  items: [{ source: 0, path: "a" }, { source: 0, path: "b" }, { source: 0, path: "gone" }],
  followLinks: false,
};

/** A giving Star on this machine, and the credentials of two that would take. */
class Bench implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly source = createStarId();
  readonly used = new Map<string, number>();
  /** Thumbprints of certificates that nothing is given to any more. */
  readonly revoked = new Set<string>();
  taker!: LinkCredentials;
  other!: LinkCredentials;
  signer!: GrantSigner;
  port = 0;
  /** Of answers, in their order. */
  readonly statuses: number[] = [];
  readonly meter = new LinkMeter();
  /** Resolves when a used grant is on disk. */
  saving: () => Promise<void> = () => Promise.resolve();
  /** Resolves when a destination's connection was closed before its answer was over. */
  readonly left = Promise.withResolvers<void>();
  /** Resolves when content is no longer read. */
  readonly packed = Promise.withResolvers<void>();
  /** What the giving Star may give; by a clock of its own. */
  readonly limitClock = new ManualClock();

  static async start(
    files: Record<string, Uint8Array>,
    timetable?: Timetable,
  ): Promise<Bench> {
    const bench = new Bench();
    const clock = systemClock;
    const nucleus = await TestNucleus.open();
    const own = await nucleus.issue(bench.source);
    [bench.taker, bench.other] = [await nucleus.issue(), await nucleus.issue()];
    bench.signer = nucleus.signer;
    const verifier = await nucleus.verifierFor(bench.source);
    const system = bench.#stack.use(await openInlineSystem(diskWith(files), "source"));
    const save = (used: Iterable<UsedEntry>) => {
      for (const [id, at] of used) bench.used.set(id, at);
      return bench.saving();
    };
    const listener = createLinkServer({
      source: {
        name: system.name,
        async *pack(request, options) {
          try {
            yield* system.pack(request, options);
          } finally {
            bench.packed.resolve();
          }
        },
      },
      chunks: {
        ...{ name: "universe", isHere: true },
        find: (hashes) => Promise.resolve(hashes.filter((_, i) => i % 32 === 0)),
        packChunks: () => system.pack({ ...FILES, items: FILES.items.slice(0, 1) }),
      },
      verifier: () => verifier,
      replay: new ReplayGuard(clock, { replace: save, append: save }, []),
      isRevoked: (thumbprint) => bench.revoked.has(thumbprint),
      clock,
      meter: bench.meter,
      limit: timetable && new Bandwidth(timetable, bench.limitClock),
    });
    const http = createServer((request, response) => {
      response.once("finish", () => bench.statuses.push(response.statusCode));
      response.once("close", () => bench.left.resolve());
      listener(request, response);
    });
    const port = bench.#stack.use(
      await openTlsPort({ hostname: "127.0.0.1", port: 0, tls: own, members: () => {}, http }),
    );
    bench.port = port.port;
    return bench;
  }

  grant(changes: Partial<Grant> = {}): Promise<{ token: string }> {
    return this.signer.sign({
      source: this.source,
      address: `127.0.0.1:${this.port}`,
      destinationThumbprint: parseCertificate(this.taker.certificatePem).thumbprint,
      itemsHash: hashItems(FILES),
      maxBytes: 64 * 1024 * 1024,
      ...changes,
    }, 60_000);
  }

  async open(token: string, credentials = this.taker, files = FILES, serverName?: string) {
    return await this.openAs(token, { credentials, files, serverName });
  }

  async openAs(
    token: string,
    { credentials = this.taker, files = FILES, serverName, ...options }: OpenOptions & {
      credentials?: LinkCredentials;
      files?: LinkFiles;
      serverName?: string;
    },
  ) {
    const address = { host: "127.0.0.1", port: this.port };
    const target = { address, serverName: serverName ?? starServerName(this.source), grant: token };
    const pool = this.#stack.use(new LinkPool(() => credentials));
    return await openLink(target, files, pool, options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

function diskWith(files: Record<string, Uint8Array>): Disk {
  const disk = createMemoryDisk({ roots: ["/data"] });
  using tree = disk.openTree("/data");
  for (const [name, content] of Object.entries(files)) {
    using file = tree.createFile(name);
    file.write(content, 0);
  }
  return disk;
}

function noise(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 2654435761) >>> 13;
  return bytes;
}

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
