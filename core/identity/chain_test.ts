import assert from "node:assert/strict";
import fc from "fast-check";
import { ManualClock } from "#core/clock.ts";
import { createAuthority, openAuthority } from "./authority.ts";
import { checkAuthority, checkChain, checkKeyPair } from "./chain.ts";
import { toPem } from "./pem.ts";
import { createKeyAndRequest } from "./request.ts";
import { derOf, flipped, newAuthority, newStar, refusal } from "./test_help.ts";
import * as x509 from "./x509.ts";

const HOUR = 3600_000;

Deno.test("checkChain refuses a certificate of another authority of the same name", async () => {
  const clock = new ManualClock();
  const [ours, theirs] = [await newAuthority(clock), await newAuthority(clock)];
  const { certificatePem } = await newStar(theirs);
  assert.throws(
    () => checkChain(certificatePem, ours.certificatePem, clock),
    refusal("denied", "another authority"),
  );
});

Deno.test("checkChain refuses a certificate with any byte changed", async () => {
  const clock = new ManualClock();
  const authority = await newAuthority(clock);
  const der = derOf((await newStar(authority)).certificatePem);
  const change = fc.tuple(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }));
  fc.assert(
    fc.property(change, ([at, by]) => {
      const pem = toPem(flipped(der, at, by), "CERTIFICATE");
      assert.throws(
        () => checkChain(pem, authority.certificatePem, clock),
        (error: { code: string }) => error.code === "invalid" || error.code === "denied",
      );
    }),
    { numRuns: 500 },
  );
});

Deno.test("checkChain takes one encoding of a signature only", async () => {
  const clock = new ManualClock();
  const authority = await newAuthority(clock);
  const der = derOf((await newStar(authority)).certificatePem);
  // Behind what is signed: the algorithm, and the signature as numbers in a sequence in bits.
  const behind = der.toHex().lastIndexOf("300a06082a8648ce3d040302") / 2;
  const headers = [0, 1, 2, 3, 11, 12, 13, 14, 15, 16, 17, 18].map((at) => behind + at);
  for (const at of [0, 1, 2, 3, ...headers]) {
    for (let by = 1; by < 256; by++) {
      const pem = toPem(flipped(der, at, by), "CERTIFICATE");
      assert.throws(() => checkChain(pem, authority.certificatePem, clock), `${at} ^ ${by}`);
    }
  }
});

const moments: [what: string, ms: number, code?: "denied"][] = [
  ["accepts it when issued", 0],
  ["accepts it on a clock that is a minute behind", -60_000],
  ["accepts it on a clock that is three minutes behind", -180_000],
  ["refuses it before that", -181_000, "denied"],
  ["accepts it at its last second", HOUR],
  ["accepts it a minute after that, for clocks differ", HOUR + 60_000],
  ["refuses it after that", HOUR + 60_001, "denied"],
];
for (const [what, ms, code] of moments) {
  Deno.test(`checkChain ${what}`, async () => {
    const clock = new ManualClock();
    const start = clock.now();
    const earlier = new ManualClock(start - 24 * HOUR);
    const made = await createAuthority({ clock: earlier });
    const { certificatePem } = await newStar(await openAuthority({ ...made, clock }), HOUR);
    const then = new ManualClock(start + ms);
    const check = () => checkChain(certificatePem, made.certificatePem, then);
    if (code === undefined) assert.equal(check().role, "star");
    else assert.throws(check, refusal(code));
  });
}

Deno.test("checkChain refuses a certificate under an authority that expired", async () => {
  const clock = new ManualClock();
  const made = await createAuthority({ clock, lifetimeDays: 1 });
  const { certificatePem } = await newStar(await openAuthority({ ...made, clock }), 24 * HOUR);
  await clock.advance(24 * HOUR + 60_001);
  assert.throws(
    () => checkChain(certificatePem, made.certificatePem, clock),
    refusal("denied", "expired"),
  );
});

Deno.test("checkChain refuses a certificate that a Star signed with its own", async () => {
  const clock = new ManualClock();
  const authority = await newAuthority(clock);
  const star = await newStar(authority);
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const starKey = await crypto.subtle.importKey(
    "pkcs8",
    derOf(star.keyPem.reveal()),
    { name: "ECDSA", namedCurve: "P-256" },
    false,
    ["sign"],
  );
  const forged = await x509.X509CertificateGenerator.create({
    issuer: new x509.X509Certificate(star.certificatePem).subjectName,
    subject: "CN=Orbit Nucleus",
    notBefore: new Date(star.notBefore),
    notAfter: new Date(star.notAfter),
    publicKey: keys.publicKey,
    signingKey: starKey,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    extensions: [
      new x509.SubjectAlternativeNameExtension([{ type: "url", value: "orbit:nucleus" }]),
    ],
  });
  const forgedPem = toPem(forged.rawData, "CERTIFICATE");
  assert.throws(
    () => checkChain(forgedPem, authority.certificatePem, clock),
    refusal("denied", "another authority"),
  );
  assert.throws(
    () => checkChain(forgedPem, star.certificatePem, clock),
    refusal("denied", "isn't an authority's"),
  );
});

Deno.test("checkChain refuses an authority in a peer's place", async () => {
  const clock = new ManualClock();
  const { certificatePem } = await newAuthority(clock);
  assert.throws(
    () => checkChain(certificatePem, certificatePem, clock),
    refusal("denied", "not a peer's"),
  );
});

Deno.test("checkAuthority accepts the authority of that fingerprint alone", async () => {
  const clock = new ManualClock();
  const [ours, theirs] = [await newAuthority(clock), await newAuthority(clock)];
  const facts = checkAuthority(ours.certificatePem, ours.fingerprint, clock);
  assert.equal(facts.role, "authority");
  assert.throws(
    () => checkAuthority(theirs.certificatePem, ours.fingerprint, clock),
    refusal("denied", "fingerprint"),
  );
  const star = await newStar(ours);
  assert.throws(
    () => checkAuthority(star.certificatePem, star.thumbprint, clock),
    refusal("denied", "isn't an authority's"),
  );
});

Deno.test("checkKeyPair knows a Star's key from another's", async () => {
  const { certificatePem, keyPem } = await newStar(await newAuthority());
  await checkKeyPair(certificatePem, keyPem);
  const other = await createKeyAndRequest();
  await assert.rejects(checkKeyPair(certificatePem, other.keyPem), refusal("conflict"));
});
