import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { parseCertificate } from "./certificate.ts";
import { createStarId } from "./names.ts";
import { readPeer, requireNucleus, requireStar } from "./peer.ts";
import { toPem } from "./pem.ts";
import { derOf, newAuthority, newStar, refusal } from "./test_help.ts";
import * as x509 from "./x509.ts";

const HOUR = 3600_000;

Deno.test("readPeer knows a Star, which is no Nucleus", async () => {
  const clock = new ManualClock();
  const star = await newStar(await newAuthority(clock), HOUR);
  const der = derOf(star.certificatePem);
  for (const certificate of [der, { raw: der }]) {
    const peer = requireStar(readPeer(certificate, clock));
    assert.deepEqual(peer, {
      role: "star",
      starId: star.starId,
      serial: star.serial,
      thumbprint: star.thumbprint,
      notBefore: star.notBefore,
      notAfter: star.notAfter,
    });
    assert.throws(() => requireNucleus(peer), refusal("denied", "a Star's, not a Nucleus's"));
    assert.equal(requireStar(peer, star.starId), peer);
    assert.throws(() => requireStar(peer, createStarId()), refusal("denied", star.starId));
  }
});

Deno.test("readPeer knows the Nucleus, which is no Star", async () => {
  const clock = new ManualClock();
  const issued = await (await newAuthority(clock)).issueNucleus({ names: ["localhost"] });
  const peer = requireNucleus(readPeer(derOf(issued.certificatePem), clock));
  assert.equal(peer.thumbprint, issued.thumbprint);
  assert.ok(!("starId" in peer));
  assert.throws(() => requireStar(peer), refusal("denied", "a Nucleus's, not a Star's"));
});

Deno.test("readPeer knows an authority, which is neither", async () => {
  const clock = new ManualClock();
  const peer = readPeer(derOf((await newAuthority(clock)).certificatePem), clock);
  assert.equal(peer.role, "authority");
  assert.throws(() => requireStar(peer), refusal("denied"));
  assert.throws(() => requireNucleus(peer), refusal("denied"));
});

Deno.test("readPeer refuses a certificate that has expired since the connection began", async () => {
  const clock = new ManualClock();
  const der = derOf((await newStar(await newAuthority(clock), HOUR)).certificatePem);
  await clock.advance(HOUR + 60_000);
  assert.equal(readPeer(der, clock).role, "star");
  await clock.advance(1);
  assert.throws(() => readPeer(der, clock), refusal("denied", "expired"));
});

Deno.test("readPeer refuses a certificate that doesn't hold yet", async () => {
  const clock = new ManualClock();
  const der = derOf((await newStar(await newAuthority(clock))).certificatePem);
  assert.equal(readPeer(der, new ManualClock(clock.now() - 60_000)).role, "star");
  const early = new ManualClock(clock.now() - HOUR);
  assert.throws(() => readPeer(der, early), refusal("denied", "clocks"));
});

Deno.test("readPeer refuses what is no certificate", async () => {
  const clock = new ManualClock();
  const der = derOf((await newStar(await newAuthority(clock))).certificatePem);
  const none = [undefined, null, {}, { raw: undefined }, new Uint8Array(), Uint8Array.of(0x30, 0)];
  const torn = [der.subarray(1), der.subarray(0, -1), Uint8Array.of(...der, 0)];
  for (const certificate of [...none, ...torn, new Uint8Array(20_000).fill(0x30)]) {
    assert.throws(() => readPeer(certificate, clock), refusal("denied"));
  }
});

type Names = ConstructorParameters<typeof x509.SubjectAlternativeNameExtension>[0];
const STAR = "orbit:star:0f8fad5b-d9cb-469f-a165-70867728950e";
const unclear: [what: string, names: Names, more?: x509.Extension[]][] = [
  ["no names", []],
  ["two owners", [{ type: "url", value: STAR }, { type: "url", value: "orbit:nucleus" }]],
  ["one owner twice", [{ type: "url", value: STAR }, { type: "url", value: STAR }]],
  ["another URI beside", [{ type: "url", value: STAR }, { type: "url", value: "https://x" }]],
  ["an id that isn't one", [{ type: "url", value: "orbit:star:1" }]],
  ["an id in capitals", [{ type: "url", value: STAR.toUpperCase() }]],
  ["more behind its id", [{ type: "url", value: `${STAR}/x` }]],
  ["a newline behind its id", [{ type: "url", value: `${STAR}\n` }]],
  ["more behind the Nucleus's URI", [{ type: "url", value: "orbit:nucleus:" }]],
  ["a Star's URI as a DNS name", [{ type: "dns", value: STAR }]],
  ["a mail address beside", [{ type: "url", value: STAR }, { type: "email", value: "a@b" }]],
  ["a critical extension nobody knows", [{ type: "url", value: STAR }], [
    new x509.Extension("1.2.3.4", true, Uint8Array.of(5, 0).buffer),
  ]],
  ["names twice", [{ type: "url", value: STAR }], [
    new x509.SubjectAlternativeNameExtension([{ type: "url", value: "orbit:nucleus" }]),
  ]],
  ["a Star's URI in an authority", [{ type: "url", value: STAR }], [
    new x509.BasicConstraintsExtension(true, undefined, true),
  ]],
];
for (const [what, names, more = []] of unclear) {
  Deno.test(`readPeer takes a certificate with ${what} for nobody's`, async () => {
    const clock = new ManualClock();
    const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
      "sign",
      "verify",
    ]);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: "CN=Orbit Nucleus",
      keys,
      notBefore: new Date(clock.now()),
      notAfter: new Date(clock.now() + HOUR),
      extensions: [new x509.SubjectAlternativeNameExtension(names), ...more],
    });
    const peer = readPeer(new Uint8Array(certificate.rawData), clock);
    assert.equal(peer.role, "other");
    assert.throws(() => requireStar(peer), refusal("denied"));
    assert.throws(() => requireNucleus(peer), refusal("denied"));
    assert.equal(parseCertificate(toPem(certificate.rawData, "CERTIFICATE")).role, "other");
  });
}
