import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { createStarId, parseCertificate, type StarId } from "#core/identity/mod.ts";
import { RenewRequestSchema } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import { ADDRESS, ADMIN, CSR, joinRequest, TemporaryAdoption } from "./fixture.ts";

const RENEW = create(RenewRequestSchema, { certificateRequest: CSR });

/** A Star that has joined. */
async function joined(at: TemporaryAdoption) {
  const answer = await at.adoption.join(joinRequest(at.token()), ADDRESS);
  const { serial } = parseCertificate(answer.certificate!);
  return { starId: answer.starId as StarId, serial };
}

Deno.test("renew gives the next certificate under the present name; the one before stays good", async () => {
  await using at = await TemporaryAdoption.open();
  const shown = await joined(at);
  at.adoption.rename(shown.starId, "vault", ADMIN);
  await at.grid.clock.advance(16 * 3600_000);
  const { certificate } = await at.adoption.renew(RENEW, shown, ADDRESS);
  const { serial, commonName, starId } = parseCertificate(certificate!);
  assert.deepEqual([starId, commonName], [shown.starId, "vault"]);
  assert.notEqual(serial, shown.serial);
  const star = at.adoption.admit({ ...shown, serial });
  assert.equal(star.certificate!.serial, serial);
  assert.equal(at.adoption.admit(shown).id, shown.starId);
  const [record] = at.grid.store.audit.list();
  assert.deepEqual([record.action, record.detail], ["star.renew", {
    serial,
    before: shown.serial,
  }]);
});

Deno.test("a revoked Star is let in by no certificate, and told to those who cut its streams", async () => {
  await using at = await TemporaryAdoption.open();
  const shown = await joined(at);
  const { certificate } = await at.adoption.renew(RENEW, shown, ADDRESS);
  const { serial } = parseCertificate(certificate!);
  at.adoption.approve(shown.starId, ADMIN);
  at.adoption.revoke(shown.starId, ADMIN);
  const expected = ["joined", "approved", "revoked"];
  assert.deepEqual(at.events.map(({ kind }) => kind), expected);
  assert.equal(at.events.at(-1)!.star.standing, "revoked");
  at.grid.reopen();
  const { isRevoked } = at.grid.store.stars;
  assert.deepEqual([shown.serial, serial].map(isRevoked, at.grid.store.stars), [true, true]);
});

for (
  const [what, spoil] of [
    ["revoked", (at: TemporaryAdoption, id: StarId) => void at.adoption.revoke(id, ADMIN)],
    ["removed", (at: TemporaryAdoption, id: StarId) => {
      at.adoption.revoke(id, ADMIN);
      at.adoption.remove(id, ADMIN);
    }],
  ] as const
) {
  Deno.test(`admit and renew refuse a Star that is ${what}`, async () => {
    await using at = await TemporaryAdoption.open();
    const shown = await joined(at);
    spoil(at, shown.starId);
    assert.throws(() => at.adoption.admit(shown), { code: "denied" });
    await assert.rejects(at.adoption.renew(RENEW, shown, ADDRESS), { code: "denied" });
    assert.match(at.audited()[0], /^star.renew refused let Star .* in: /);
  });
}

Deno.test("a Star that is revoked while its certificate is made gets none", async () => {
  await using at = await TemporaryAdoption.open();
  const shown = await joined(at);
  const renewing = at.adoption.renew(RENEW, shown, ADDRESS);
  at.adoption.revoke(shown.starId, ADMIN);
  await assert.rejects(renewing, { code: "denied" });
  assert.equal(at.grid.store.stars.revokedCertificates().length, 1);
});

Deno.test("renew refuses a bad request, a stranger, and who asks too often", async () => {
  await using at = await TemporaryAdoption.open({
    limits: { renewalsPerStar: { burst: 2, perSecond: 0.01 } },
  });
  const shown = await joined(at);
  const stranger = { starId: createStarId(), serial: "00" };
  await assert.rejects(at.adoption.renew(RENEW, stranger, ADDRESS), { code: "denied" });
  const bad = create(RenewRequestSchema, { certificateRequest: CSR.slice(9) });
  await assert.rejects(at.adoption.renew(bad, shown, ADDRESS), { code: "invalid" });
  await at.adoption.renew(RENEW, shown, ADDRESS);
  const tooOften = { code: "exhausted", detail: { retryable: true } };
  await assert.rejects(at.adoption.renew(RENEW, shown, ADDRESS), tooOften);
  await at.grid.clock.advance(100_000);
  await at.adoption.renew(RENEW, shown, ADDRESS);
});

Deno.test("every change of a Star is audited with who made it, and a refused one changes nothing", async () => {
  await using at = await TemporaryAdoption.open();
  const { adoption } = at;
  const { starId } = await joined(at);
  adoption.approve(starId, ADMIN);
  adoption.drain(starId, ADMIN);
  adoption.resume(starId, ADMIN);
  adoption.rename(starId, "vault", ADMIN);
  adoption.revoke(starId, ADMIN);
  assert.throws(() => adoption.approve(starId, ADMIN), { code: "conflict" });
  adoption.remove(starId, ADMIN);
  assert.throws(() => adoption.remove(starId, ADMIN), { code: "not_found" });
  const verbs = ["join", "approve", "drain", "resume", "rename", "revoke", "remove"];
  const records = at.grid.store.audit.list({ target: starId }).reverse();
  assert.deepEqual(records.map(({ action }) => action), verbs.map((verb) => `star.${verb}`));
  for (const record of records.slice(1)) assert.deepEqual(record.actor, ADMIN);
  const kinds = ["joined", "approved", "draining", "resumed", "renamed", "revoked", "removed"];
  assert.deepEqual(at.events.map(({ kind }) => kind), kinds);
  assert.equal(at.grid.store.audit.verifyAudit().ok, true);
});

Deno.test("a listener that throws stops neither the others nor the change", async () => {
  const errors: unknown[] = [];
  await using at = await TemporaryAdoption.open({ onListenerError: (error) => errors.push(error) });
  const { starId } = await joined(at);
  const stop = at.adoption.listen(() => {
    throw new Error("a listener's own");
  });
  const heard: string[] = [];
  at.adoption.listen(({ kind }) => heard.push(kind));
  at.adoption.approve(starId, ADMIN);
  stop();
  at.adoption.revoke(starId, ADMIN);
  assert.deepEqual(heard, ["approved", "revoked"]);
  assert.equal(errors.length, 1);
});
