/** Sources that nobody can dial, and destinations that are asked to let them. */
import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { Duplex } from "node:stream";
import { connect } from "node:tls";
import { systemClock } from "#core/clock.ts";
import { createStarId, parseCertificate, starServerName } from "#core/identity/mod.ts";
import { openTlsPort } from "#core/rpc/mod.ts";
import { createMemoryDisk, openInlineSystem } from "#core/system/mod.ts";
import {
  createLinkServer,
  type Grant,
  type GrantSigner,
  hashItems,
  type LinkCredentials,
  type LinkFiles,
  LinkPool,
  OfferedConnections,
  Offering,
  openLink,
  ReplayGuard,
} from "./mod.ts";
import type { DialRule } from "./dialable.ts";
import { TestNucleus } from "./test_nucleus.ts";

const FILES: LinkFiles = {
  sources: ["/data"],
  items: [{ source: 0, path: "a" }],
  followLinks: false,
};
const ALL = { sources: FILES.sources, items: FILES.items, followLinks: false };

/** A source that dials, and a destination that listens. */
class OfferBed implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly source = createStarId();
  readonly taker = createStarId();
  readonly offered = new OfferedConnections(systemClock, (one) => this.revoked.has(one));
  own!: LinkCredentials;
  takerTls!: LinkCredentials;
  nucleus!: TestNucleus;
  /** Thumbprints of certificates that nothing is taken from any more. */
  readonly revoked = new Set<string>();
  signer!: GrantSigner;
  offering!: Offering;
  pool!: LinkPool;
  port = 0;
  connections = 0;

  static async start(
    { answer: own, onUpgrade, rule, hostname = "127.0.0.1" }: {
      answer?: RequestListener;
      onUpgrade?: (socket: Duplex) => void;
      rule?: DialRule;
      hostname?: string;
    } = {},
  ): Promise<OfferBed> {
    const bed = new OfferBed(), clock = systemClock;
    const nucleus = bed.nucleus = await TestNucleus.open();
    [bed.own, bed.takerTls] = [await nucleus.issue(bed.source), await nucleus.issue(bed.taker)];
    bed.signer = nucleus.signer;
    const verifier = await nucleus.verifierFor(bed.source);
    const disk = createMemoryDisk({ roots: ["/data"] });
    {
      using tree = disk.openTree("/data");
      using file = tree.createFile("a");
      file.write(new Uint8Array(1000).fill(7), 0);
    }
    const system = bed.#stack.use(await openInlineSystem(disk, "source"));
    const save = () => Promise.resolve();
    const replay = new ReplayGuard(clock, { replace: save, append: save }, []);
    const services = { source: system, verifier: () => verifier, replay, clock };
    const answer = own ?? createLinkServer(services);
    bed.pool = new LinkPool(() => bed.takerTls);
    bed.pool.offered = bed.offered;
    const http = createServer();
    http.on("upgrade", (_, socket) => {
      bed.connections++;
      onUpgrade?.(socket);
    });
    if (onUpgrade === undefined) bed.offered.acceptFrom(http);
    const port = await openTlsPort({
      ...{ hostname, port: 0, tls: bed.takerTls, members: () => {}, http },
    });
    bed.port = bed.#stack.use(port).port;
    bed.#stack.use(bed.pool);
    bed.#stack.defer(() => bed.offered.close());
    const credentials = () => bed.own;
    bed.offering = new Offering({ answer, credentials, verifier: () => verifier, clock, rule });
    bed.#stack.use(bed.offering);
    return bed;
  }

  async grant(changes: Partial<Grant> = {}): Promise<string> {
    const { token } = await this.signer.sign({
      source: this.source,
      address: "",
      dial: { address: `127.0.0.1:${this.port}`, star: this.taker },
      destinationThumbprint: parseCertificate(this.takerTls.certificatePem).thumbprint,
      itemsHash: hashItems(FILES),
      maxBytes: 1 << 20,
      ...changes,
    }, 60_000);
    return token;
  }

  /** Offers connections as any Star may; resolves when they are taken, or refused. */
  async flood(credentials: LinkCredentials, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const socket = connect({
        ...{ host: "127.0.0.1", port: this.port, ca: credentials.authorityPem },
        ...{ cert: credentials.certificatePem, key: credentials.keyPem.reveal() },
        ...{ servername: starServerName(this.taker), ALPNProtocols: ["http/1.1"] },
      });
      this.#stack.defer(() => void socket.destroy());
      socket.on("error", () => {});
      const answered = new Promise<void>((resolve) => {
        for (const event of ["data", "close"]) socket.once(event, () => resolve());
      });
      socket.write(
        "POST /link/v1/offer HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\n" +
          "upgrade: orbit-link\r\ncontent-length: 0\r\n\r\n",
      );
      await answered;
    }
  }

  open(grant: string, serverName = starServerName(this.source)) {
    const target = { address: undefined, serverName, grant };
    return openLink(target, FILES, this.pool, { timeouts: { answerMs: 2000 } });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

Deno.test("a source dials whom its grant names, and is asked there as often as is needed", async () => {
  await using bed = await OfferBed.start();
  for (let batch = 0; batch < 3; batch++) {
    const grant = await bed.grant();
    await bed.offering.offer(grant);
    await using link = await bed.open(grant);
    const packs = Array.from({ length: 6 }, () => Array.fromAsync(link.pack(ALL)));
    for (const parcels of await Promise.all(packs)) assert(parcels[0].length > 1000);
  }
  assert(bed.connections < 12, `${bed.connections} connections`);
});

Deno.test("a destination that asks in one breath with its answer to an offer is understood", async () => {
  const heard = Promise.withResolvers<Uint8Array>();
  await using bed = await OfferBed.start({
    answer: async (request, response) => {
      const pieces: number[] = [];
      for await (const piece of request) pieces.push(...piece);
      heard.resolve(new Uint8Array(pieces));
      response.end();
    },
    onUpgrade: (socket) => {
      const ask = "HTTP/1.1 101 Yes\r\nupgrade: orbit-link\r\nconnection: upgrade\r\n\r\n" +
        "POST /x HTTP/1.1\r\nhost: x\r\ncontent-length: 256\r\n\r\n";
      const bytes = Array.from({ length: 256 }, (_, i) => i);
      socket.write(new Uint8Array([...new TextEncoder().encode(ask), ...bytes]));
    },
  });
  await bed.offering.offer(await bed.grant());
  assert.deepEqual([...await heard.promise], Array.from({ length: 256 }, (_, i) => i));
});

Deno.test("a grant is used once by offered connections as well, and only by its destination", async () => {
  await using bed = await OfferBed.start();
  const grant = await bed.grant();
  await bed.offering.offer(grant);
  await (await bed.open(grant))[Symbol.asyncDispose]();
  await bed.offering.offer(grant);
  await assert.rejects(bed.open(grant), { code: "denied", message: /used before/ });
});

Deno.test("nobody is dialled without a grant that names whom, or who is somebody else", async () => {
  await using bed = await OfferBed.start();
  const pulled = { address: `127.0.0.1:${bed.port}`, dial: undefined };
  const address = `127.0.0.1:${bed.port}`;
  const bad: [string, string][] = [
    ["x", "denied"],
    [await bed.grant(pulled), "denied"],
    [await bed.grant({ address }), "denied"],
    [await bed.grant({ dial: { address: "nowhere", star: bed.taker } }), "denied"],
    [await bed.grant({ source: createStarId() }), "denied"],
  ];
  for (const [grant, code] of bad) await assert.rejects(bed.offering.offer(grant), { code });
  assert.equal(bed.connections, 0);
  // There, but not who is meant.
  const other = await bed.grant({ dial: { address, star: createStarId() } });
  await assert.rejects(bed.offering.offer(other), { code: "unavailable" });
  const renewed = await bed.grant({ destinationThumbprint: "ab".repeat(32) });
  await assert.rejects(bed.offering.offer(renewed), { code: "denied" });
  assert.equal(bed.connections, 0);
  const gone = await bed.grant({ dial: { address: "127.0.0.1:1", star: bed.taker } });
  await assert.rejects(bed.offering.offer(gone), { code: "unavailable" });
});

Deno.test("what a Star offers is asked for its own files only, and by a Star it isn't is refused", async () => {
  await using bed = await OfferBed.start();
  await bed.offering.offer(await bed.grant());
  const elsewhere = starServerName(createStarId());
  await assert.rejects(bed.open(await bed.grant(), elsewhere), { message: /no answer/ });
  // Without a certificate, or to another path, nothing is taken.
  for (const path of ["/link/v1/offer", "/link/v1/other"]) {
    const key = path.endsWith("other")
      ? { cert: bed.own.certificatePem, key: bed.own.keyPem.reveal() }
      : {};
    const socket = connect({
      ...{ host: "127.0.0.1", port: bed.port, ca: bed.own.authorityPem, ...key },
      ...{ servername: starServerName(bed.taker), ALPNProtocols: ["http/1.1"] },
    });
    const closed = new Promise<string>((resolve) => {
      let text = "";
      socket.on("data", (piece) => text += piece);
      socket.on("error", () => {});
      socket.on("close", () => resolve(text));
    });
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: orbit-link\r\n\r\n`,
    );
    assert.equal(await closed, "");
  }
});

Deno.test("a Star's offer is taken however many hostile Stars have filled the room for offers", async () => {
  await using bed = await OfferBed.start();
  const hostile = await Promise.all(Array.from({ length: 64 }, () => bed.nucleus.issue()));
  await Promise.all(hostile.map((one) => bed.flood(one, 5)));
  for (let batch = 0; batch < 3; batch++) {
    const grant = await bed.grant();
    await bed.offering.offer(grant);
    await Promise.all(hostile.slice(0, 8).map((one) => bed.flood(one, 4)));
    await using link = await bed.open(grant);
    assert((await Array.fromAsync(link.pack(ALL)))[0].length > 1000);
  }
});

Deno.test("what a Star offered before it was revoked isn't asked on, nor what it offers after", async () => {
  await using bed = await OfferBed.start();
  const grant = await bed.grant();
  await bed.offering.offer(grant);
  bed.revoked.add(parseCertificate(bed.own.certificatePem).thumbprint);
  await assert.rejects(bed.open(grant), { message: /no answer/ });
  const { port } = bed, again = { dial: { address: `127.0.0.1:${port}`, star: bed.taker } };
  await assert.rejects(bed.offering.offer(await bed.grant(again)), { code: "unavailable" });
});

Deno.test("a source whose Nucleus is elsewhere dials nothing on its own machine", async () => {
  await using bed = await OfferBed.start({ rule: { loopback: false } });
  const offering = bed.offering.offer(await bed.grant());
  await assert.rejects(offering, { code: "unavailable", message: /loopback address/ });
  assert.equal(bed.connections, 0);
});

Deno.test("a destination has no more connections dialled for many addresses than for one", async () => {
  const answer = "HTTP/1.1 101 Yes\r\nupgrade: orbit-link\r\nconnection: upgrade\r\n\r\n";
  const sockets: Duplex[] = [];
  const onUpgrade = (socket: Duplex) => {
    sockets.push(socket);
    socket.write(answer);
  };
  await using bed = await OfferBed.start({ hostname: "0.0.0.0", onUpgrade });
  const offer = async (host: number) => {
    const dial = { address: `127.0.0.${host}:${bed.port}`, star: bed.taker };
    await bed.offering.offer(await bed.grant({ dial }));
  };
  for (let host = 1; host <= 64; host++) await offer(host);
  await assert.rejects(offer(65), { code: "exhausted", detail: { retryable: true } });
  assert.equal(bed.connections, 64);
  for (const socket of sockets) socket.destroy();
});
