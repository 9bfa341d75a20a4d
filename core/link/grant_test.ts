import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { createStarId } from "#core/identity/mod.ts";
import {
  createGrantKeys,
  GRANT_LIFETIME_MAX_MS,
  type GrantKeys,
  GrantReader,
  GrantSigner,
  GrantVerifier,
} from "./mod.ts";

Deno.test("a grant is good from when it was signed until it expires, give or take a minute", async () => {
  const source = createStarId();
  const here = new ManualClock(1e12), there = new ManualClock(1e12);
  const keys = await createGrantKeys();
  const signer = await GrantSigner.open(keys.privatePem, here);
  const verifier = await GrantVerifier.open(keys.publicPem, source, there);
  const hash = "ab".repeat(32);
  const job = "1gk8v0t3m5xq", address = "nas.lan:50051";
  const allowed = {
    source,
    address,
    destinationThumbprint: hash,
    itemsHash: hash,
    maxBytes: 5,
    job,
  };
  const odd = { ...allowed, within: ["/data", ""] };
  await assert.rejects(verifier.verify((await signer.sign(odd, 600_000)).token), {
    code: "denied",
    message: /where chunks may lie/,
  });
  const { token, id } = await signer.sign(allowed, 600_000);
  const grant = await verifier.verify(token);
  assert.deepEqual(grant, { ...allowed, id, issuedAtMs: 1e12, expiresAtMs: 1e12 + 600_000 });

  await there.advance(655_000);
  await verifier.verify(token);
  await there.advance(10_000);
  await assert.rejects(verifier.verify(token), { code: "denied" }, "expired");
  await here.advance(730_000);
  const later = await signer.sign(allowed, 600_000);
  await assert.rejects(verifier.verify(later.token), { code: "denied" }, "not yet");
  await there.advance(10_000);
  await verifier.verify(later.token);

  for (const lifetimeMs of [0, -1, NaN, GRANT_LIFETIME_MAX_MS + 1]) {
    await assert.rejects(signer.sign(allowed, lifetimeMs), { code: "invalid" });
  }
});

Deno.test("a Star that is to take reads of a grant where it may dial, and of no forged one", async () => {
  const clock = new ManualClock(1e12);
  const keys = await createGrantKeys(), foreign = await createGrantKeys();
  const reader = await GrantReader.open(keys.publicPem, clock);
  const hash = "ab".repeat(32), source = createStarId();
  const allowed = { source, destinationThumbprint: hash, itemsHash: hash, maxBytes: 5 };
  const sign = async ({ privatePem }: GrantKeys, address: string) => {
    const signer = await GrantSigner.open(privatePem, clock);
    return (await signer.sign({ ...allowed, address }, 60_000)).token;
  };
  const grant = await reader.read(await sign(keys, "nas.lan:50051"));
  assert.deepEqual([grant.address, grant.source], ["nas.lan:50051", source]);
  const bad = [await sign(foreign, "nas.lan:50051"), await sign(keys, ""), "x".repeat(5000), ""];
  for (const token of bad) await assert.rejects(reader.read(token), { code: "denied" });
  const early = await sign(keys, "nas.lan:50051");
  await clock.advance(130_000);
  await assert.rejects(reader.read(early), { code: "denied" });
});
