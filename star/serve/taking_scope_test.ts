import assert from "node:assert/strict";
import { createServer } from "node:http";
import { systemClock } from "#core/clock.ts";
import { createStarId, parseCertificate, starServerName } from "#core/identity/mod.ts";
import { createLinkServer, filesOf, hashItems, LinkMeter, ReplayGuard } from "#core/link/mod.ts";
import { TestNucleus } from "#core/link/test_nucleus.ts";
import { openTlsPort } from "#core/rpc/mod.ts";
import { createMemoryDisk, openInlineSystem, type TransferRequest } from "#core/system/mod.ts";
import type { NearbyOptions } from "#core/system/parcel/nearby.ts";
import { Taking } from "./taking.ts";

const REQUEST: TransferRequest = {
  sources: ["/data"],
  base: "/data",
  actions: [{ kind: "copy", path: "a", source: 0, sourcePath: "a", size: 1, metadata: {} }],
  options: {
    ...{ tag: "takingtt", verify: true, followLinks: false, keepTimes: true, sparse: false },
    ...{ inplace: false, fsync: false, keepPartial: false },
  },
};

Deno.test("of what is here already a confined job is given what lies in its scope", async () => {
  await using stack = new AsyncDisposableStack();
  const nucleus = await TestNucleus.open(), source = createStarId(), clock = systemClock;
  const tls = await nucleus.issue(source), credentials = await nucleus.issue();
  const verifier = await nucleus.verifierFor(source);
  const save = () => Promise.resolve();
  const http = createServer(createLinkServer({
    source: await openInlineSystem(createMemoryDisk({ roots: ["/data"] })),
    verifier: () => verifier,
    replay: new ReplayGuard(clock, { replace: save, append: save }, []),
    clock,
  }));
  const listening = { hostname: "127.0.0.1", port: 0, tls, members: () => {}, http };
  const { port } = stack.use(await openTlsPort(listening));
  const asked: unknown[] = [];
  const universe = {
    ...{ name: "universe", isHere: true, note: () => {} },
    find: (hashes: Uint8Array, options?: NearbyOptions) => {
      asked.push(options?.within);
      return Promise.resolve(hashes);
    },
    async *packChunks(_: Uint8Array, options?: NearbyOptions) {
      asked.push(options?.within);
      yield* [];
    },
  };
  const meter = new LinkMeter();
  const taking = stack.use(
    new Taking({ meter, clock, universe, credentials: () => credentials }),
  );
  taking.learnKey(nucleus.publicPem);
  const address = `127.0.0.1:${port}`, serverName = starServerName(source);
  const sign = async (scope?: string[]) => {
    const { token } = await nucleus.signer.sign({
      ...{ source, address, maxBytes: 1000, itemsHash: hashItems(filesOf(REQUEST, scope)) },
      destinationThumbprint: parseCertificate(credentials.certificatePem).thumbprint,
    }, 60_000);
    return token;
  };
  const { signal } = new AbortController();
  const askedOf = async (scope?: string[]) => {
    const grant = await sign(scope);
    const helpers = [{ address: "127.0.0.1:1", serverName: "helper", grant }];
    const link = { address, serverName, grant, helpers, scope };
    await using opened = await taking.open(link, REQUEST, signal);
    const [own, helper] = opened.near!;
    assert.deepEqual([own.name, helper.name], ["universe", "127.0.0.1:1"]);
    await own.find(new Uint8Array(32));
    await Array.fromAsync(own.packChunks(new Uint8Array(32)));
    return asked.splice(0);
  };
  assert.deepEqual(await askedOf(), [undefined, undefined]);
  assert.deepEqual(await askedOf(["/data"]), [["/data"], ["/data"]]);
  // The source is asked for what its grant confines, as well where the grant alone names it.
  for (const scope of [undefined, ["/data"]]) {
    const { link } = await taking.openGranted(address, await sign(scope), REQUEST, {
      ...{ scope, signal },
    });
    await link[Symbol.asyncDispose]();
  }
});
