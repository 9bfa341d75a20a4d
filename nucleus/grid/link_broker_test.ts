import assert from "node:assert/strict";
import { createGrantKeys, GrantReader, GrantSigner } from "#core/link/mod.ts";
import { LARGE_BYTES, type PackSource, type TransferRequest } from "#core/system/mod.ts";
import { HELLO, TemporaryGrid } from "../store/fixture.ts";
import { createLinkBroker } from "./link_broker.ts";

const MIB = 2 ** 20;

function requestFor(...sizes: number[]): TransferRequest {
  return {
    ...{ sources: ["/data"], base: "/data" },
    actions: sizes.map((size, number) => ({
      ...{ kind: "copy", path: `${number}`, sourcePath: `${number}`, source: 0, size },
      metadata: {},
    })),
    options: {
      ...{ tag: "brokers1", verify: true, followLinks: false, keepTimes: true, sparse: false },
      ...{ inplace: false, fsync: false, keepPartial: false },
    },
  };
}

/** Two Stars, and a third that may help; the grants that it would be shown. */
async function helpersOf(
  request: TransferRequest,
  scope?: string[],
  capabilities = ["scan", "chunk", "scope"],
) {
  using grid = new TemporaryGrid();
  const { stars } = grid.store, { clock } = grid;
  const [giver, taker, helper] = [1, 2, 3].map(() => grid.addStar());
  for (const { id } of [giver, taker, helper]) stars.noteHello(id, { ...HELLO, capabilities });
  const keys = await createGrantKeys();
  const signer = await GrantSigner.open(keys.privatePem, clock);
  const reader = await GrantReader.open(keys.publicPem, clock);
  const [source, target] = [{ name: "from" } as PackSource, { name: "to" } as PackSource];
  const broker = createLinkBroker({
    ...{ stars, signer, mayRelay: false, scope, job: "job" },
    starOf: (system) => system === source ? giver.id : taker.id,
  });
  const link = await broker.link(source as never, target as never, request, []);
  const grants = (link?.helpers ?? []).map(({ grant }) => reader.read(grant));
  return { helper, grants: await Promise.all(grants) };
}

Deno.test("a grant for chunks is for those of large files, each once, and where its job reaches", async () => {
  const within = ["/data/in", "/mnt/\udcff"];
  const { helper, grants } = await helpersOf(
    requestFor(LARGE_BYTES, 100 * MIB, 10, 50 * MIB),
    within,
  );
  assert.equal(grants.length, 1);
  const [{ source, chunks, maxBytes, within: granted }] = grants;
  assert.deepEqual([source, chunks, granted], [helper.id, true, within]);
  const large = LARGE_BYTES + 100 * MIB;
  assert(maxBytes > large && maxBytes < large * 1.06, `${maxBytes} for ${large}`);
});

Deno.test("no grant for chunks is made where no file is large, or where it can't say what it is for", async () => {
  const paths = Array.from({ length: 64 }, (_, i) => `/data/${"x".repeat(30)}/${i}`);
  assert.deepEqual((await helpersOf(requestFor(10, 50 * MIB))).grants, []);
  assert.deepEqual((await helpersOf(requestFor(LARGE_BYTES), paths)).grants, []);
  const [all] = (await helpersOf(requestFor(LARGE_BYTES))).grants;
  assert.equal(all.within, undefined);
});

Deno.test("a Star too old for scopes helps only those that have none", async () => {
  const old = ["scan", "chunk"], request = requestFor(LARGE_BYTES);
  assert.deepEqual((await helpersOf(request, ["/data"], old)).grants, []);
  assert.equal((await helpersOf(request, undefined, old)).grants.length, 1);
});
