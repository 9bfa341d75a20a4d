import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { createAuthority, openAuthority } from "./authority.ts";
import { parseCertificate } from "./certificate.ts";
import { checkChain, checkKeyPair } from "./chain.ts";
import { createStarId } from "./names.ts";
import { createKeyAndRequest } from "./request.ts";
import { newAuthority, newStar, refusal } from "./test_help.ts";
import * as x509 from "./x509.ts";

const HOUR = 3600_000;
const DAY = 24 * HOUR;

Deno.test("createAuthority makes a self-signed authority", async () => {
  const clock = new ManualClock();
  const { certificatePem, keyPem, fingerprint } = await createAuthority({
    commonName: 'A grid, "mine" = #00',
    clock,
    lifetimeDays: 10,
  });
  const facts = parseCertificate(certificatePem);
  assert.equal(facts.role, "authority");
  assert.equal(facts.commonName, 'A grid, "mine" = #00');
  assert.equal(facts.thumbprint, fingerprint);
  assert.match(fingerprint, /^[0-9a-f]{64}$/);
  assert.equal(facts.notAfter, clock.now() + 10 * DAY);
  assert.ok(keyPem.reveal().startsWith("-----BEGIN PRIVATE KEY-----\n"));
  await checkKeyPair(certificatePem, keyPem);
});

Deno.test("createAuthority makes another authority each time", async () => {
  const [a, b] = [await newAuthority(), await newAuthority()];
  assert.notEqual(a.fingerprint, b.fingerprint);
});

for (const lifetimeDays of [0, -1, NaN, Infinity, 36_501]) {
  Deno.test(`createAuthority refuses a lifetime of ${lifetimeDays} days`, async () => {
    const clock = new ManualClock();
    await assert.rejects(createAuthority({ clock, lifetimeDays }), refusal("invalid"));
  });
}

Deno.test("createAuthority can make one that outlives the two-digit years of X.509", async () => {
  const clock = new ManualClock(Date.UTC(2049, 11, 31));
  const made = await createAuthority({ clock, lifetimeDays: 36_500 });
  assert.equal(parseCertificate(made.certificatePem).notAfter, clock.now() + 36_500 * DAY);
  const authority = await openAuthority({ ...made, clock });
  const star = await newStar(authority, 3 * DAY);
  assert.equal((checkChain(star.certificatePem, made.certificatePem, clock)).role, "star");
});

Deno.test("openAuthority refuses a key that isn't the certificate's", async () => {
  const clock = new ManualClock();
  const [a, b] = [await createAuthority({ clock }), await createAuthority({ clock })];
  const mixed = { certificatePem: a.certificatePem, keyPem: b.keyPem, clock };
  await assert.rejects(openAuthority(mixed), refusal("conflict"));
});

Deno.test("openAuthority refuses a Star's certificate and key", async () => {
  const clock = new ManualClock();
  const { certificatePem, keyPem } = await newStar(await newAuthority(clock));
  await assert.rejects(openAuthority({ certificatePem, keyPem, clock }), refusal("denied"));
});

Deno.test("openAuthority refuses what isn't a key, without showing it", async () => {
  const clock = new ManualClock();
  const { certificatePem, keyPem } = await createAuthority({ clock });
  const text = keyPem.reveal();
  for (const bad of ["", "hunter2", text.slice(0, -40), text.replace("M", "/"), text + text]) {
    await assert.rejects(openAuthority({ certificatePem, keyPem: bad, clock }), (error: Error) => {
      refusal("invalid")(error);
      const shown = Deno.inspect(error);
      assert.ok(!shown.includes("hunter2") && !shown.includes(text.slice(60, 80)), shown);
      return true;
    });
  }
});

Deno.test("issueStar gives a Star its id, a day, and the roles of client and server", async () => {
  const clock = new ManualClock(Date.UTC(2030, 0, 1) + 789);
  const authority = await newAuthority(clock);
  const starId = createStarId();
  const { csrPem, keyPem } = await createKeyAndRequest();
  const issued = await authority.issueStar({
    csrPem,
    starId: starId.toUpperCase(),
    name: "#00ff, CN=\\other",
    serverNames: ["star.example", "10.0.0.7", "fd00::1"],
  });
  const facts = checkChain(issued.certificatePem, authority.certificatePem, clock);
  assert.deepEqual(facts, {
    role: "star",
    starId,
    commonName: "#00ff, CN=\\other",
    serial: issued.serial,
    thumbprint: issued.thumbprint,
    notBefore: issued.notBefore,
    notAfter: issued.notAfter,
    dnsNames: [`${starId}.star.orbit.internal`, "star.example"],
    ipAddresses: facts.ipAddresses,
  });
  assert.equal(facts.ipAddresses.length, 2);
  assert.equal(facts.ipAddresses[0], "10.0.0.7");
  assert.equal(facts.notBefore, Date.UTC(2029, 11, 31, 23, 58));
  assert.equal(facts.notAfter, Date.UTC(2030, 0, 2, 0, 0, 1));
  const certificate = new x509.X509Certificate(issued.certificatePem);
  assert.deepEqual([...certificate.getExtension(x509.ExtendedKeyUsageExtension)!.usages], [
    x509.ExtendedKeyUsage.serverAuth,
    x509.ExtendedKeyUsage.clientAuth,
  ]);
  assert.equal(certificate.getExtension(x509.BasicConstraintsExtension)?.ca, false);
  await checkKeyPair(issued.certificatePem, keyPem);
});

Deno.test("issueStar never gives a serial number twice, nor one of another length", async () => {
  const authority = await newAuthority();
  const { csrPem } = await createKeyAndRequest();
  const serials = new Set<string>();
  for (let i = 0; i < 50; i++) {
    const request = { csrPem, starId: createStarId(), name: "x" };
    const { serial, certificatePem } = await authority.issueStar(request);
    assert.match(serial, /^[4-7][0-9a-f]{31}$/);
    assert.equal(parseCertificate(certificatePem).serial, serial);
    serials.add(serial);
  }
  assert.equal(serials.size, 50);
});

const badRequests: [what: string, change: object][] = [
  ["no UUID", { starId: "star-1" }],
  ["an id with more behind it", { starId: `${createStarId()}\0` }],
  ["an empty name", { name: "" }],
  ["a long name", { name: "x".repeat(65) }],
  ["a name with a newline", { name: "a\nb" }],
  ["a name that turns text around", { name: "a\u202Eb" }],
  ["a name with half a character", { name: "a\uD800" }],
  ["a lifetime of nothing", { lifetimeMs: 0 }],
  ["a lifetime that is no number", { lifetimeMs: NaN }],
  ["a lifetime of 31 days", { lifetimeMs: 31 * DAY }],
  ["the Nucleus's server name", { serverNames: ["nucleus.orbit.internal"] }],
  ["another Star's server name", { serverNames: [`${createStarId()}.star.Orbit.Internal`] }],
  ["a wildcard", { serverNames: ["*.example"] }],
  ["a URI as server name", { serverNames: ["orbit:nucleus"] }],
  ["too many server names", { serverNames: Array.from({ length: 33 }, (_, i) => `h${i}`) }],
];
for (const [what, change] of badRequests) {
  Deno.test(`issueStar refuses ${what}`, async () => {
    const authority = await newAuthority();
    const { csrPem } = await createKeyAndRequest();
    const request = { csrPem, starId: createStarId(), name: "x", ...change };
    await assert.rejects(authority.issueStar(request), refusal("invalid"));
  });
}

Deno.test("issueNucleus gives the Nucleus its names and a key", async () => {
  const clock = new ManualClock();
  const authority = await newAuthority(clock);
  const names = ["Localhost", "localhost", "127.0.0.1", "hub.example"];
  const issued = await authority.issueNucleus({ names });
  const facts = checkChain(issued.certificatePem, authority.certificatePem, clock);
  assert.equal(facts.role, "nucleus");
  assert.equal(facts.starId, undefined);
  assert.deepEqual(facts.dnsNames, ["nucleus.orbit.internal", "localhost", "hub.example"]);
  assert.deepEqual(facts.ipAddresses, ["127.0.0.1"]);
  assert.equal(facts.notAfter, clock.now() + 30 * DAY);
  await checkKeyPair(issued.certificatePem, issued.keyPem);
});

for (const name of ["", "-a", "a..b", "a.", "1.2.3", "a b", "fe80::1%eth0", "x".repeat(64)]) {
  Deno.test(`issueNucleus refuses the name ${JSON.stringify(name)}`, async () => {
    const authority = await newAuthority();
    await assert.rejects(authority.issueNucleus({ names: [name] }), refusal("invalid"));
  });
}

Deno.test("certificates end with their authority at latest", async () => {
  const clock = new ManualClock();
  const made = await createAuthority({ clock, lifetimeDays: 1 });
  const authority = await openAuthority({ ...made, clock });
  await clock.advance(23 * HOUR);
  assert.equal((await newStar(authority)).notAfter, authority.notAfter);
  assert.equal((await authority.issueNucleus({ names: [] })).notAfter, authority.notAfter);
});

Deno.test("an authority that has expired issues nothing and isn't opened", async () => {
  const clock = new ManualClock();
  const made = await createAuthority({ clock, lifetimeDays: 1 });
  const authority = await openAuthority({ ...made, clock });
  await clock.advance(DAY + 61_000);
  await assert.rejects(newStar(authority), refusal("conflict", "valid from"));
  await assert.rejects(authority.issueNucleus({ names: [] }), refusal("conflict"));
  await assert.rejects(openAuthority({ ...made, clock }), refusal("denied", "expired"));
});
