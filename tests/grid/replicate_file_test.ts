/** `ReplicateFile` between two Stars without a Nucleus, as its original's clients call it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { SignJWT } from "jose";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { OrbitError } from "#core/errors.ts";
import { type GrpcCaller, openGrpcCaller } from "#core/rpc/mod.ts";
import { type ReplicateRequestSchema, StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { FakeNucleus } from "../../star/testing/fake_nucleus.ts";
import { findStaged } from "../faults/bed.ts";
import type { OrbitProcess } from "../support/run.ts";
import { until } from "./bad_days/support.ts";
import { parseMetrics } from "./scrape.ts";
import { makeStarBed, type StarBed } from "./star_process.ts";

const LEAVES_TIMERS = { sanitizeOps: false, sanitizeResources: false };
const ENV = { ORBIT_AUTH_SECRET: "lab secret" };
const { handshake, replicateFile } = StarService.method;

function sign(file: string): Promise<string> {
  return new SignJWT({ sub: "transfer", allow_file: file, iss: "orbit-nucleus" })
    .setProtectedHeader({ alg: "HS256" }).setIssuedAt().setExpirationTime("1h")
    .sign(new TextEncoder().encode("lab secret"));
}

/** A Star in a process of its own, and where it listens. */
async function startStar(bed: StarBed, ...args: string[]) {
  const all = ["--port=0", `--allow=${bed.data}`, "--token=right", ...args];
  const process = bed.start(all, ENV);
  const [, address] = await process.waitFor(/listening address=(\S+)/, "stderr");
  return { process, address };
}

type Order = MessageInitShape<typeof ReplicateRequestSchema>;

/** Two Stars: one that has files, and one that may fetch them. */
class Pair implements AsyncDisposable {
  readonly there = makeStarBed();
  readonly here = makeStarBed();
  readonly #rest = new AsyncDisposableStack();
  caller!: GrpcCaller;
  source!: OrbitProcess;
  url = "";
  /** Of the one that fetches. */
  address = "";
  session = "";

  static async start(): Promise<Pair> {
    const pair = new Pair();
    const { process, address } = await startStar(pair.there);
    pair.source = pair.#rest.use(process);
    pair.url = `http://${address}`;
    const star = await startStar(pair.here, `--peer=${address}`);
    pair.#rest.use(star.process);
    pair.address = star.address;
    pair.caller = pair.#rest.use(openGrpcCaller({ address: star.address, tls: null }));
    pair.session = (await pair.caller.unary(handshake, { starToken: "right" })).sessionId;
    return pair;
  }

  /** Has `file` of the source, or another, come to `to`. */
  async fetch(to: string, { file = "file", ...changes }: Order & { file?: string } = {}) {
    const remotePath = `${this.there.data}/${file}`;
    const order = {
      ...{ sourceStarUrl: this.url, remotePath, localPath: `${this.here.data}/${to}` },
      ...{ transferToken: await sign(remotePath), ...changes },
    };
    const metadata = { "x-orbit-session": this.session };
    return await this.caller.unary(replicateFile, order, { metadata });
  }

  /** The code that it fails with. Nothing is left behind. */
  async refused(to: string, changes: Order & { file?: string }): Promise<string> {
    const before = this.listed();
    const code = await this.fetch(to, changes).then(
      () => "done",
      (error) => error instanceof OrbitError ? error.code : `${error}`,
    );
    assert.deepEqual(this.listed(), before);
    assert.deepEqual(findStaged(this.here.data), []);
    return code;
  }

  listed(): string[] {
    return Array.from(Deno.readDirSync(this.here.data), ({ name }) => name).sort();
  }

  async [Symbol.asyncDispose]() {
    await this.#rest.disposeAsync();
    for (const bed of [this.there, this.here]) bed[Symbol.dispose]();
  }
}

const sumOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

Deno.test("a Star fetches a file from another, whole and checked", LEAVES_TIMERS, async () => {
  await using pair = await Pair.start();
  const answer = await pair.fetch("a/b/copy");
  const checksum = sumOf(new TextEncoder().encode("content"));
  assert.deepEqual([answer.success, answer.bytesTransferred, answer.errorMessage], [true, 7n, ""]);
  assert.equal(answer.checksum, checksum.toString("hex"));
  assert.equal(Deno.readTextFileSync(`${pair.here.data}/a/b/copy`), "content");
  const expected = { expectedSize: 7n, expectedChecksum: checksum };
  assert.equal((await pair.fetch("file", expected)).bytesTransferred, 7n);
  assert.equal(Deno.readTextFileSync(`${pair.here.data}/file`), "content");

  Deno.writeFileSync(`${pair.there.data}/empty`, new Uint8Array());
  assert.equal((await pair.fetch("empty", { file: "empty" })).bytesTransferred, 0n);
  // Larger than what goes in one piece, so it is made of segments.
  const large = new Uint8Array(90 << 20);
  for (let at = 0; at < large.length; at += 65_536) {
    crypto.getRandomValues(large.subarray(at, at + 65_536));
  }
  Deno.writeFileSync(`${pair.there.data}/large`, large);
  const sum = sumOf(large);
  const fetched = await pair.fetch("large", { file: "large", expectedChecksum: sum });
  assert.deepEqual([fetched.bytesTransferred, fetched.checksum], [90n << 20n, sum.toString("hex")]);
  assert(sumOf(Deno.readFileSync(`${pair.here.data}/large`)).equals(sum));
  for (const [at, byte] of [[0, 1], [large.length - 1, 1]]) {
    const other = Uint8Array.from(sum);
    other[at % 32] ^= byte;
    const order = { file: "large", expectedChecksum: other };
    assert.equal(await pair.refused("other", order), "corrupt");
  }
});

Deno.test(
  "what isn't as expected, allowed or there is refused, and leaves nothing",
  LEAVES_TIMERS,
  async () => {
    await using pair = await Pair.start();
    Deno.writeTextFileSync(`${pair.there.data}/second`, "other");
    const { here, there } = pair;
    const another = await sign(`${there.data}/second`);
    const cases: [string, Order & { file?: string }][] = [
      ["corrupt", { expectedSize: 8n }],
      ["corrupt", { expectedChecksum: new Uint8Array(32) }],
      ["invalid", { expectedChecksum: new Uint8Array(31) }],
      ["invalid", { localPath: "relative" }],
      ["invalid", { localPath: `${here.data}/../data/x` }],
      ["invalid", { localPath: `${here.data}/file/below` }],
      ["denied", { localPath: `${here.outside}/x` }],
      ["denied", { localPath: "/etc/orbit-was-here" }],
      ["denied", { transferToken: another }],
      ["denied", { transferToken: "x" }],
      ["denied", { file: "link" }],
      ["not_found", { file: "none" }],
      ["denied", { sourceStarUrl: "http://127.0.0.1:1" }],
      ["denied", { sourceStarUrl: "http://169.254.169.254" }],
      ["denied", { sourceStarUrl: pair.url.replace("127.0.0.1", "127.0.0.2") }],
      ["denied", { sourceStarUrl: pair.url.replace("http:", "https:") }],
      ["invalid", { sourceStarUrl: pair.url.replace("http://", "http://user@") }],
      ["invalid", { sourceStarUrl: pair.url.replace("http:", "file:") }],
    ];
    for (const [code, changes] of cases) {
      assert.equal(await pair.refused("x", changes), code, JSON.stringify(Object.keys(changes)));
    }
    assert.equal(Deno.readTextFileSync(`${here.data}/file`), "content");
    pair.session = "another";
    assert.equal(await pair.refused("x", {}), "unauthenticated");
  },
);

Deno.test(
  "a source that dies amid a file leaves the old one in its place",
  LEAVES_TIMERS,
  async () => {
    await using pair = await Pair.start();
    using large = Deno.createSync(`${pair.there.data}/large`);
    large.truncateSync(2 ** 33);
    const fetching = pair.refused("file", { file: "large" });
    await until(() => findStaged(pair.here.data).length > 0, "something of it has come");
    pair.source.kill("SIGKILL");
    assert.equal(await fetching, "unavailable");
    assert.equal(Deno.readTextFileSync(`${pair.here.data}/file`), "content");
  },
);

Deno.test("peers are met by TLS, and known by their authority", LEAVES_TIMERS, async () => {
  using there = makeStarBed();
  using here = makeStarBed();
  await using nucleus = await FakeNucleus.open();
  await using another = await FakeNucleus.open();
  const place = there.outside;
  const { authorityPem, certificatePem, keyPem } = await nucleus.credentials();
  Deno.writeTextFileSync(`${place}/crt`, certificatePem);
  Deno.writeTextFileSync(`${place}/key`, keyPem.reveal(), { mode: 0o600 });
  Deno.writeTextFileSync(`${place}/ca`, authorityPem);
  Deno.writeTextFileSync(`${place}/other-ca`, (await another.credentials()).authorityPem);
  const tls = [`--tls-cert=${place}/crt`, `--tls-key=${place}/key`, `--tls-ca=${place}/ca`];
  const source = await startStar(there, ...tls);
  await using _source = source.process;
  const fetch = async (...args: string[]) => {
    const star = await startStar(here, `--peer=${source.address}`, ...args);
    await using _star = star.process;
    const member = args.includes(tls[0]) ? { authorityPem, certificatePem, keyPem } : null;
    await using caller = openGrpcCaller({ address: star.address, tls: member });
    const { sessionId } = await caller.unary(handshake, { starToken: "right" });
    const order = {
      ...{ sourceStarUrl: `https://${source.address}`, remotePath: `${there.data}/file` },
      ...{ localPath: `${here.data}/came`, transferToken: await sign(`${there.data}/file`) },
    };
    return await caller.unary(replicateFile, order, { metadata: { "session-id": sessionId } })
      .then(({ bytesTransferred }) => `${bytesTransferred}`, (error) => error.code);
  };
  assert.equal(await fetch(...tls), "7");
  // Without a certificate of its own this Star isn't let in; another's authority isn't known.
  assert.equal(await fetch(`--peer-ca=${place}/ca`), "unavailable");
  assert.equal(await fetch(...tls, `--peer-ca=${place}/other-ca`), "unavailable");
});

Deno.test("both ends tell Prometheus what they gave, took and refused", LEAVES_TIMERS, async () => {
  await using pair = await Pair.start();
  await pair.fetch("copy");
  assert.equal(await pair.refused("other", { transferToken: "nonsense" }), "denied");
  const scrape = async (address: string) => {
    const headers = { authorization: "Bearer right" };
    const response = await fetch(`http://${address}/metrics`, { headers });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return parseMetrics(text);
  };
  const source = await scrape(pair.url.slice("http://".length));
  assert.equal(source.get("orbit_p2p_token_verification_errors_total"), 1);
  assert.equal(source.get("orbit_p2p_bytes_given_total"), 7);
  const destination = await scrape(pair.address);
  assert.equal(destination.get('orbit_p2p_transfers_total{status="success"}'), 1);
  assert.equal(destination.get('orbit_p2p_transfers_total{status="failure"}'), 1);
  assert.equal(destination.get("orbit_p2p_bytes_transferred_total"), 7);
});
