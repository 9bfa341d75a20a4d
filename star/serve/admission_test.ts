import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { createInProcessCaller } from "#core/rpc/mod.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import type { StandingName } from "../status.ts";
import { openMemoryFiles } from "../testing/memory_files.ts";
import { serveDirectly, serveInReverse } from "./admission.ts";
import { Sessions } from "./sessions.ts";

const { handshake, calculateHash } = StarService.method;
const file = { path: "/data/file" };

async function openBed() {
  const memory = await openMemoryFiles({ file: new Uint8Array(100) }, { maxHashBytes: 50 });
  const readiness = { standing: "active" as StandingName, stopping: false };
  return { ...memory, readiness };
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => "ok", (error) => error instanceof OrbitError ? error.code : `${error}`);
}

Deno.test("serveInReverse serves only Stars that are approved and don't stop", async () => {
  await using bed = await openBed();
  const caller = createInProcessCaller([serveInReverse(bed.files, bed.readiness)]);
  const ask = () => codeOf(caller.unary(calculateHash, { ...file, length: 10n }));
  const expected: [StandingName, string][] = [
    ["active", "ok"],
    ["draining", "ok"],
    ["pending", "unavailable"],
    ["revoked", "unavailable"],
    ["unknown", "unavailable"],
  ];
  for (const [standing, code] of expected) {
    bed.readiness.standing = standing;
    assert.equal(await ask(), code, standing);
  }
  bed.readiness.standing = "active";
  bed.readiness.stopping = true;
  assert.equal(await ask(), "unavailable");
});

Deno.test("serveDirectly asks who calls, then for a session, then whether the Star is ready", async () => {
  await using bed = await openBed();
  let isKnown = true;
  const served = serveDirectly(bed.files, {
    sessions: new Sessions(new ManualClock()),
    capabilities: [],
    readiness: bed.readiness,
    requireCaller: () => {
      if (!isKnown) throw new OrbitError("denied", "no Nucleus");
    },
  });
  const caller = createInProcessCaller([served]);
  const { sessionId } = await caller.unary(handshake, {});
  const ask = (metadata: Record<string, string>) =>
    codeOf(caller.unary(calculateHash, { ...file, length: 10n }, { metadata }));
  const shown = { "x-orbit-session": sessionId };
  assert.equal(await ask(shown), "ok");
  assert.equal(await ask({}), "unauthenticated");
  bed.readiness.standing = "pending";
  assert.equal(await ask(shown), "unavailable");
  isKnown = false;
  assert.equal(await ask(shown), "denied");
  assert.equal(await codeOf(caller.unary(handshake, {})), "denied");
});

Deno.test("a hash of more than the Star's limit is refused, with an end and without", async () => {
  await using bed = await openBed();
  const caller = createInProcessCaller([serveInReverse(bed.files, bed.readiness)]);
  const ask = (offset: bigint, length: bigint) =>
    codeOf(caller.unary(calculateHash, { ...file, offset, length }));
  assert.equal(await ask(0n, 50n), "ok");
  assert.equal(await ask(50n, 0n), "ok");
  assert.equal(await ask(0n, 51n), "exhausted");
  assert.equal(await ask(49n, 0n), "exhausted");
  assert.equal(await ask(90n, 20n), "invalid");
  const missing = caller.unary(calculateHash, { path: "/data/none" });
  assert.equal(await codeOf(missing), "not_found");
});
