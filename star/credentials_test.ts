import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import {
  createAuthority,
  createKeyAndRequest,
  createStarId,
  openAuthority,
  parseCertificate,
} from "#core/identity/mod.ts";
import { formatCredentials, parseCredentials } from "./credentials.ts";

const clock = new ManualClock();
const starId = createStarId();
const authority = await openAuthority({ ...await createAuthority({ clock }), clock });
const other = await openAuthority({ ...await createAuthority({ clock }), clock });
const { keyPem, csrPem } = await createKeyAndRequest();
const { certificatePem } = await authority.issueStar({ csrPem, starId, name: "a star" });
const good = { certificatePem, keyPem, authorityPem: authority.certificatePem };
const nucleus = await authority.issueNucleus({ names: [] });

function parse(credentials: typeof good) {
  return parseCredentials(formatCredentials(credentials).reveal());
}

Deno.test("credentials survive their file, with whose and how long they are", () => {
  const { keyPem: key, ...parsed } = parse(good);
  const { notBefore, notAfter } = parseCertificate(certificatePem);
  const { certificatePem: certificate, authorityPem } = good;
  assert.deepEqual(parsed, {
    ...{ certificatePem: certificate, authorityPem, starId, notBefore, notAfter },
  });
  assert.equal(key.reveal(), keyPem.reveal());
});

const BAD: [why: string, credentials: typeof good, says: RegExp][] = [
  ["another key", { ...good, keyPem: (await createKeyAndRequest()).keyPem }, /isn't the cert/],
  ["another authority", { ...good, authorityPem: other.certificatePem }, /another authority/],
  ["the Nucleus's certificate", { ...good, ...nucleus }, /no Star's/],
  ["no certificate", { ...good, certificatePem: "nonsense" }, /join again/],
];
for (const [why, credentials, says] of BAD) {
  Deno.test(`parseCredentials refuses ${why}`, () => {
    assert.throws(() => parse(credentials), (error) => {
      assert.ok(error instanceof OrbitError && error.code === "corrupt", `${error}`);
      assert.match(error.message, says);
      return true;
    });
  });
}

Deno.test("parseCredentials refuses what is torn or of another version, and shows none of it", () => {
  const text = formatCredentials(good).reveal();
  const torn = [text.slice(0, -40), "", "null", "{}", text.replace('"version": 1', '"version": 2')];
  for (const each of torn) {
    assert.throws(() => parseCredentials(each), (error) => {
      assert.ok(error instanceof OrbitError && error.code === "corrupt");
      assert.ok(!error.message.includes("PRIVATE KEY"), error.message);
      return true;
    });
  }
});
