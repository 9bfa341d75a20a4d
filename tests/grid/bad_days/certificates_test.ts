/** Certificates that are foreign, out of date, revoked, missing, or somebody else's. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { systemClock } from "#core/clock.ts";
import { createKeyAndRequest, createStarId, NUCLEUS_SERVER_NAME } from "#core/identity/mod.ts";
import { openGrpcCaller, openTlsPort, type ServerTls } from "#core/rpc/mod.ts";
import { NucleusService } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import { readAuthority } from "../../../nucleus/data/folder.ts";
import type { Joined } from "../../../star/join/join.ts";
import { OPERATOR, TestNucleus } from "../nucleus_fixture.ts";
import { codeOf, LEAVES_TIMERS, RawStar, within } from "./support.ts";

const DAY_MS = 86_400_000;

/** The Star with another certificate of its grid, issued at another time. */
async function reissued(test: TestNucleus, joined: Joined, atMs: number): Promise<Joined> {
  const authority = await readAuthority(test.folder, { ...systemClock, now: () => atMs });
  const { keyPem, csrPem } = await createKeyAndRequest();
  const { starId, name } = joined.identity;
  const { certificatePem } = await authority.issueStar({ csrPem, starId, name });
  const { authorityPem } = joined.credentials;
  return { ...joined, credentials: { certificatePem, keyPem, authorityPem } };
}

function servedNothing(test: TestNucleus): void {
  assert.equal(test.nucleus.links.size, 0);
  assert(!test.log.lines.some((line) => line.includes("Star connected")), `${test.log.lines}`);
}

Deno.test(
  "a Star with a foreign, expired or not yet valid certificate gets nowhere",
  LEAVES_TIMERS,
  async () => {
    await using test = await TestNucleus.start();
    await using other = await TestNucleus.start();
    const joined = await test.join();
    const { authorityPem } = joined.credentials;
    const foreign = await other.join();
    const wrong = {
      foreign: { ...joined, credentials: { ...foreign.credentials, authorityPem } },
      expired: await reissued(test, joined, Date.now() - 2 * DAY_MS),
      "not yet valid": await reissued(test, joined, Date.now() + DAY_MS),
    };
    for (const [what, star] of Object.entries(wrong)) {
      await using raw = new RawStar(star);
      raw.say({ case: "hello", value: {} });
      assert.equal(await raw.ended(), "unavailable", what);
      assert.deepEqual(raw.heard, [], what);
    }
    servedNothing(test);
    await using good = new RawStar(joined);
    good.say({ case: "hello", value: {} });
    await good.hears("welcome");
  },
);

Deno.test("a Star without a certificate is served nothing but a join", LEAVES_TIMERS, async () => {
  await using test = await TestNucleus.start();
  const { identity, credentials: { authorityPem } } = await test.join();
  await using caller = openGrpcCaller({
    address: test.nucleus.address,
    tls: { authorityPem, serverName: NUCLEUS_SERVER_NAME },
  });
  const { control, renew } = NucleusService.method;
  const hello = async function* () {
    yield { message: { case: "hello" as const, value: {} } };
  };
  assert.equal(await codeOf(Array.fromAsync(caller.bidi(control, hello()))), "unsupported");
  const { csrPem } = await createKeyAndRequest();
  const request = { certificateRequest: csrPem };
  assert.equal(await codeOf(caller.unary(renew, request)), "unsupported");
  servedNothing(test);
  assert.equal(test.nucleus.parts.store.stars.byId(identity.starId)!.status, "offline");
});

Deno.test(
  "a certificate of a Star that isn't known, or was removed, is refused",
  LEAVES_TIMERS,
  async () => {
    await using test = await TestNucleus.start();
    const joined = await test.join();
    const { starId } = joined.identity;
    const { adoption } = test.nucleus.parts;
    const stranger = { ...joined, identity: { ...joined.identity, starId: createStarId() } };
    adoption.revoke(starId, OPERATOR);
    adoption.remove(starId, OPERATOR);
    for (const star of [joined, await reissued(test, stranger, Date.now())]) {
      await using raw = new RawStar(star);
      raw.say({ case: "hello", value: {} });
      assert.equal(await raw.ended(), "denied");
      const { csrPem } = await createKeyAndRequest();
      const renewal = raw.caller.unary(NucleusService.method.renew, { certificateRequest: csrPem });
      assert.equal(await codeOf(renewal), "denied");
    }
    servedNothing(test);
  },
);

Deno.test("the Nucleus's own certificate makes nobody a Star", LEAVES_TIMERS, async () => {
  await using test = await TestNucleus.start();
  const joined = await test.join();
  const { authority } = test.nucleus.parts;
  const { certificatePem, keyPem } = await authority.issueNucleus({ names: ["localhost"] });
  const { authorityPem } = joined.credentials;
  await using raw = new RawStar({
    ...joined,
    credentials: { certificatePem, keyPem, authorityPem },
  });
  raw.say({ case: "hello", value: {} });
  assert.equal(await raw.ended(), "denied");
  servedNothing(test);
});

/** A server that takes every connection and counts what it is told after the handshake. */
async function impostor(tls: ServerTls) {
  const heard = { bytes: 0, connections: 0 };
  const listen = (socket: Socket) => {
    heard.connections++;
    socket.on("data", (data: Uint8Array) => void (heard.bytes += data.length));
  };
  const port = await openTlsPort({
    ...{ hostname: "127.0.0.1", port: 0, tls },
    ...{ members: listen, strangers: listen },
  });
  return { heard, port, address: `127.0.0.1:${port.port}` };
}

Deno.test(
  "a Star tells a fake Nucleus nothing: one with a Star's certificate, or of another grid",
  LEAVES_TIMERS,
  async () => {
    await using test = await TestNucleus.start();
    await using other = await TestNucleus.start();
    const [joined, thief, foreign] = [await test.join(), await test.join(), await other.join()];
    const { authority } = other.nucleus.parts;
    const nucleusOfOther = await authority.issueNucleus({ names: ["127.0.0.1"] });
    const fakes: ServerTls[] = [
      thief.credentials,
      foreign.credentials,
      { ...nucleusOfOther, authorityPem: authority.certificatePem },
    ];
    for (const tls of fakes) {
      const { heard, port, address } = await impostor(tls);
      await using _ = port;
      const nucleus = { host: "127.0.0.1", port: port.port };
      await using raw = new RawStar({ ...joined, identity: { ...joined.identity, nucleus } });
      raw.say({ case: "hello", value: { hostname: "secret" } });
      assert(["denied", "unavailable"].includes(await raw.ended()));
      const token = test.createToken();
      assert.equal(await codeOf(test.join(token, { address })), "denied");
      // The token is still good: nobody has seen it.
      assert.equal(await codeOf(test.join(token)), "");
      assert.equal(heard.bytes, 0);
    }
  },
);

Deno.test("a man in the middle of a join learns nothing", LEAVES_TIMERS, async () => {
  await using test = await TestNucleus.start();
  await using other = await TestNucleus.start();
  const { authority } = other.nucleus.parts;
  const own = await authority.issueNucleus({ names: ["localhost"] });
  const theirs = test.nucleus.parts.authority.certificatePem;
  // It shows its own chain, and its own certificate under the authority that is expected.
  for (const chain of [authority.certificatePem, theirs]) {
    let bytes = 0;
    const server = createTlsServer({
      cert: `${own.certificatePem}\n${chain}`,
      key: own.keyPem.reveal(),
      ALPNProtocols: ["h2", "http/1.1"],
    }, (socket: TLSSocket) => {
      socket.on("error", () => {});
      socket.on("data", (data: Uint8Array) => void (bytes += data.length));
    });
    await new Promise<void>((open) => server.listen(0, "127.0.0.1", open));
    const { port } = server.address() as { port: number };
    const token = test.createToken();
    const code = await codeOf(test.join(token, { address: `127.0.0.1:${port}` }));
    assert.equal(code, "denied");
    assert.equal(bytes, 0);
    await within(new Promise((closed) => server.close(closed)), "the man leaves");
    assert.equal(await codeOf(test.join(token)), "");
  }
});
