/** Stars that listen: addresses that come and go, sessions that end, and who else may call. */
import assert from "node:assert/strict";
import { type FileOrder, SELECT_ALL } from "#core/file_jobs/mod.ts";
import { starServerName } from "#core/identity/mod.ts";
import { type ClientTls, openGrpcCaller } from "#core/rpc/mod.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { OPERATOR, TestNucleus } from "../nucleus_fixture.ts";
import { MemoryStar } from "../star_fixture.ts";
import { ListeningStar } from "./listening_star.ts";
import { codeOf, LEAVES_TIMERS, over, submit, until, within } from "./support.ts";

const FILES = { a: "alpha", b: "beta", c: "gamma" };

/** A Nucleus with a Star that is reached both ways. */
async function start() {
  const stack = new AsyncDisposableStack();
  const test = stack.use(await TestNucleus.start());
  const joined = await test.join(test.createToken({ name: "nas" }));
  const port = stack.use(await ListeningStar.open(joined, FILES));
  const star = stack.use(await MemoryStar.connect(joined, FILES, port.address));
  await within(star.heard("welcome"), "welcome");
  const { starId } = joined.identity;
  const order: FileOrder = { kind: "hash", at: { starId, path: "/data" }, ...SELECT_ALL };
  const succeeds = async () => {
    const { state, error } = await over(test, submit(test, order));
    assert.equal(state, "succeeded", `${error?.message}`);
  };
  return {
    test,
    joined,
    port,
    star,
    order,
    succeeds,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function handshakes({ served }: ListeningStar): number {
  return served.filter((method) => method === "Handshake").length;
}

Deno.test(
  "a Star that listens is called at its address, after one handshake for all jobs",
  LEAVES_TIMERS,
  async () => {
    await using bed = await start();
    await Promise.all([bed.succeeds(), bed.succeeds(), bed.succeeds(), bed.succeeds()]);
    assert.equal(handshakes(bed.port), 1);
    assert(bed.port.served.includes("HashFiles"));
  },
);

Deno.test("a Star that was started again gets one more handshake", LEAVES_TIMERS, async () => {
  await using bed = await start();
  await bed.succeeds();
  await bed.port.close();
  await bed.port.open();
  await Promise.all([bed.succeeds(), bed.succeeds()]);
  // Whoever met the closed port went by the control stream; nobody asks twice.
  assert(handshakes(bed.port) <= 2, `${bed.port.served}`);
});

Deno.test(
  "a Star that isn't at its address any more is reached through its control stream",
  LEAVES_TIMERS,
  async () => {
    await using bed = await start();
    await bed.succeeds();
    for (let flaps = 0; flaps < 3; flaps++) {
      await bed.port.close();
      await bed.succeeds();
      await bed.port.open();
      await bed.succeeds();
    }
  },
);

Deno.test(
  "a call that loses its address in the middle goes on through the control stream",
  LEAVES_TIMERS,
  async () => {
    await using bed = await start();
    const asked = Promise.withResolvers<void>();
    bed.port.lies = {
      async *hashFiles(_, { signal }) {
        asked.resolve();
        await new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason))
        );
        yield {};
      },
    };
    await bed.port.close();
    await bed.port.open();
    const id = submit(bed.test, bed.order);
    await within(asked.promise, "HashFiles is called");
    await bed.port.close();
    assert.equal((await over(bed.test, id)).state, "succeeded");
  },
);

Deno.test(
  "revocation cuts a call at the Star's own address, and says why",
  LEAVES_TIMERS,
  async () => {
    await using bed = await start();
    const asked = Promise.withResolvers<void>(), gone = Promise.withResolvers<void>();
    bed.port.lies = {
      async *hashFiles(_, { signal }) {
        asked.resolve();
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        gone.resolve();
        yield {};
      },
    };
    await bed.port.close();
    await bed.port.open();
    const id = submit(bed.test, bed.order);
    await within(asked.promise, "HashFiles is called");
    bed.test.nucleus.parts.adoption.revoke(bed.joined.identity.starId, OPERATOR);
    await within(gone.promise, "the call is cut", 5000);
    assert.equal((await over(bed.test, id)).state, "partial");
    const items = bed.test.nucleus.parts.jobs.items(id, { limit: 10 });
    for (const { error } of items) assert.match(error!.message, /Star nas: it was revoked/);
    const asks = bed.port.asked.length;
    assert.equal((await over(bed.test, submit(bed.test, bed.order))).error!.code, "denied");
    assert.equal(bed.port.asked.length, asks, "it isn't called any more");
  },
);

Deno.test("another Star at the address is told nothing", LEAVES_TIMERS, async () => {
  await using test = await TestNucleus.start();
  const [joined, thief] = [await test.join(), await test.join()];
  await using port = await ListeningStar.open(thief, FILES);
  await using _star = await MemoryStar.connect(joined, FILES, port.address);
  const { starId } = joined.identity;
  const isOnline = () => test.nucleus.parts.store.stars.byId(starId)!.status === "online";
  await until(isOnline, "the Star is online");
  const order: FileOrder = { kind: "scan", at: { starId, path: "/data" }, ...SELECT_ALL };
  assert.equal((await over(test, submit(test, order))).state, "succeeded");
  assert.deepEqual(port.asked, []);
  assert(test.log.lines.some((line) => line.includes("not reached at its address")));
});

for (const expiresInS of [0, 30, 1]) {
  Deno.test(
    `a Star whose sessions last ${expiresInS} s is reached another way`,
    LEAVES_TIMERS,
    async () => {
      await using bed = await start();
      let shook = 0;
      bed.port.lies = {
        handshake() {
          shook++;
          return Promise.resolve({ accepted: true, sessionId: "short", expiresInS });
        },
      };
      await bed.port.close();
      await bed.port.open();
      await bed.succeeds();
      assert(shook <= 3, `${shook} handshakes`);
    },
  );
}

Deno.test("nobody but the Nucleus calls a Star that listens", LEAVES_TIMERS, async () => {
  await using bed = await start();
  const { authorityPem } = bed.joined.credentials;
  const serverName = starServerName(bed.joined.identity.starId);
  const other = await bed.test.join();
  await using foreign = await TestNucleus.start();
  const callers: [ClientTls, string][] = [
    [{ ...other.credentials, serverName }, "denied"],
    [{ authorityPem, serverName }, "unavailable"],
    [{ ...(await foreign.join()).credentials, authorityPem, serverName }, "unavailable"],
  ];
  for (const [tls, expected] of callers) {
    await using caller = openGrpcCaller({ address: bed.port.address, tls });
    const { handshake, getFeatures } = StarService.method;
    assert.equal(await codeOf(caller.unary(handshake, {})), expected);
    assert.equal(await codeOf(caller.unary(getFeatures, {})), expected);
  }
  assert.deepEqual(bed.port.served, []);
  const { authority } = bed.test.nucleus.parts;
  const nucleus = await authority.issueNucleus({ names: ["localhost"] });
  const { certificatePem, keyPem } = nucleus;
  const tls = { authorityPem, certificatePem, keyPem, serverName };
  await using caller = openGrpcCaller({ address: bed.port.address, tls });
  for (const id of ["", "made up", "x".repeat(4000)]) {
    const metadata = { "x-orbit-session": id };
    const call = caller.unary(StarService.method.getFeatures, {}, { metadata });
    assert.equal(await codeOf(call), "unauthenticated");
  }
  assert.deepEqual(bed.port.served, []);
});
