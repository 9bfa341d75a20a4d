/** `ReplicateFile` in a grid: a Nucleus names a file and a Star, and signs that. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { systemClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { createStarId, parseCertificate } from "#core/identity/mod.ts";
import {
  createGrantKeys,
  type Grant,
  type GrantKeys,
  GrantSigner,
  hashItems,
} from "#core/link/mod.ts";
import { type ReplicateRequestSchema, StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { parseCredentials } from "../../star/credentials.ts";
import { StateFile } from "../../star/state.ts";
import { type FakeLink, FakeNucleus } from "../../star/testing/fake_nucleus.ts";
import { findStaged } from "../faults/bed.ts";
import { makeStarBed, type StarBed } from "./star_process.ts";

const LEAVES_TIMERS = { sanitizeOps: false, sanitizeResources: false };

type Order = MessageInitShape<typeof ReplicateRequestSchema>;

/** Two Stars of a Nucleus: one that listens and has files, and one that is to fetch them. */
class Bench implements AsyncDisposable {
  readonly there = makeStarBed();
  readonly here = makeStarBed();
  readonly #rest = new AsyncDisposableStack();
  #keys!: GrantKeys;
  #from!: FakeLink;
  #to!: FakeLink;

  static async start(): Promise<Bench> {
    const bench = new Bench();
    const nucleus = bench.#rest.use(await FakeNucleus.open());
    bench.#keys = await createGrantKeys();
    nucleus.behaviour.grantKey = bench.#keys.publicPem;
    for (const bed of [bench.there, bench.here]) await bed.join(nucleus);
    bench.#rest.use(bench.there.startRun("--listen=127.0.0.1:0"));
    bench.#from = await nucleus.link(1);
    bench.#rest.use(bench.here.startRun());
    bench.#to = await nucleus.link(2);
    return bench;
  }

  get address(): string {
    return this.#from.hello.listenAddress;
  }

  async sign(file: string, changes: Partial<Grant> = {}, keys = this.#keys): Promise<string> {
    const state = readFileSync(join(this.here.state, StateFile.credentials), "utf8");
    const signer = await GrantSigner.open(keys.privatePem, systemClock);
    const items = [{ source: 0, path: file }];
    const { token } = await signer.sign({
      ...{ source: this.#from.starId, address: this.address, maxBytes: 1 << 30 },
      destinationThumbprint: parseCertificate(parseCredentials(state).certificatePem).thumbprint,
      itemsHash: hashItems({ sources: [this.there.data], items, followLinks: false }),
      ...changes,
    }, 60_000);
    return token;
  }

  async fetch(to: string, { file = "file", ...changes }: Order & { file?: string } = {}) {
    return await this.#to.caller.unary(StarService.method.replicateFile, {
      ...{ sourceStarUrl: `https://${this.address}`, remotePath: `${this.there.data}/${file}` },
      ...{ localPath: `${this.here.data}/${to}` },
      transferToken: changes.transferToken ?? await this.sign(file),
      ...changes,
    });
  }

  async refused(order: Order & { file?: string }): Promise<string> {
    const code = await this.fetch("x", order).then(
      () => "done",
      (error) => error instanceof OrbitError ? error.code : `${error}`,
    );
    assert.throws(() => Deno.statSync(`${this.here.data}/x`), Deno.errors.NotFound);
    assert.deepEqual(findStaged(this.here.data), []);
    return code;
  }

  async [Symbol.asyncDispose]() {
    await this.#rest.disposeAsync();
    for (const bed of [this.there, this.here] as StarBed[]) bed[Symbol.dispose]();
  }
}

const sumOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

Deno.test("a Star fetches what a grant names, from where it says", LEAVES_TIMERS, async () => {
  await using bench = await Bench.start();
  const { there, here } = bench;
  const expectedChecksum = sumOf(new TextEncoder().encode("content"));
  const answer = await bench.fetch("deep/copy", { expectedSize: 7n, expectedChecksum });
  assert.deepEqual([answer.success, answer.bytesTransferred], [true, 7n]);
  assert.equal(answer.checksum, expectedChecksum.toString("hex"));
  assert.equal(Deno.readTextFileSync(`${here.data}/deep/copy`), "content");
  // Segments, and a hole.
  {
    using large = Deno.createSync(`${there.data}/large`);
    for (let at = 0; at < 70; at++) large.writeSync(crypto.getRandomValues(new Uint8Array(65_536)));
    large.truncateSync(100 << 20);
  }
  const sum = sumOf(Deno.readFileSync(`${there.data}/large`));
  const { checksum, bytesTransferred } = await bench.fetch("large", { file: "large" });
  assert.deepEqual([checksum, bytesTransferred], [sum.toString("hex"), 100n << 20n]);
  assert(sumOf(Deno.readFileSync(`${here.data}/large`)).equals(sum));
});

Deno.test(
  "a file isn't larger than its grant allows, though it is all holes",
  LEAVES_TIMERS,
  async () => {
    await using bench = await Bench.start();
    {
      using hollow = Deno.createSync(`${bench.there.data}/hollow`);
      hollow.truncateSync(64 << 20);
    }
    const file = "hollow", maxBytes = 32 << 20;
    const transferToken = await bench.sign(file, { maxBytes });
    assert.equal(await bench.refused({ file, transferToken }), "denied");
    const { bytesTransferred } = await bench.fetch("hollow", { file });
    assert.equal(bytesTransferred, 64n << 20n);
  },
);

Deno.test(
  "what no grant names isn't fetched, nor anybody dialled for it",
  LEAVES_TIMERS,
  async () => {
    await using bench = await Bench.start();
    const { here } = bench;
    Deno.writeTextFileSync(`${bench.there.data}/second`, "other");
    const used = await bench.sign("file");
    await bench.fetch("once", { transferToken: used });
    const hash = "ab".repeat(32);
    const cases: [string, Order & { file?: string }][] = [
      ["denied", { transferToken: used }],
      ["denied", { transferToken: "" }],
      ["denied", { transferToken: await bench.sign("file", {}, await createGrantKeys()) }],
      // Who answers at the address isn't the Star that was meant.
      ["unavailable", { transferToken: await bench.sign("file", { source: createStarId() }) }],
      ["denied", { transferToken: await bench.sign("file", { destinationThumbprint: hash }) }],
      ["denied", { transferToken: await bench.sign("second") }],
      ["denied", { transferToken: await bench.sign("file", { address: "127.0.0.1:1" }) }],
      ["denied", { sourceStarUrl: "https://127.0.0.1:1" }],
      ["invalid", { sourceStarUrl: `http://${bench.address}` }],
      ["not_found", { file: "none" }],
      ["denied", { file: "link" }],
      ["corrupt", { expectedSize: 8n }],
      ["corrupt", { expectedChecksum: new Uint8Array(32) }],
      ["denied", { localPath: `${here.outside}/x` }],
    ];
    for (const [code, order] of cases) {
      assert.equal(await bench.refused(order), code, JSON.stringify(Object.entries(order)[0]?.[0]));
    }
  },
);
