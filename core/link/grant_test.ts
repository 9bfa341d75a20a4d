import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { createStarId } from "#core/identity/mod.ts";
import { createGrantKeys, GRANT_LIFETIME_MAX_MS, GrantSigner, GrantVerifier } from "./mod.ts";

Deno.test("a grant is good from when it was signed until it expires, give or take a minute", async () => {
  const source = createStarId();
  const here = new ManualClock(1e12), there = new ManualClock(1e12);
  const keys = await createGrantKeys();
  const signer = await GrantSigner.open(keys.privatePem, here);
  const verifier = await GrantVerifier.open(keys.publicPem, source, there);
  const hash = "ab".repeat(32);
  const job = "1gk8v0t3m5xq";
  const allowed = { source, destinationThumbprint: hash, itemsHash: hash, maxBytes: 5, job };
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
