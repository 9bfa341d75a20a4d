import assert from "node:assert/strict";
import fc from "fast-check";
import { checkChain, checkKeyPair } from "./chain.ts";
import { ManualClock } from "#core/clock.ts";
import { createStarId } from "./names.ts";
import { toPem } from "./pem.ts";
import { createKeyAndRequest, readRequestedKey } from "./request.ts";
import { derOf, flipped, newAuthority, refusal } from "./test_help.ts";
import * as x509 from "./x509.ts";

const RSA = { name: "RSASSA-PKCS1-v1_5", publicExponent: Uint8Array.of(1, 0, 1) };

/** A request as somebody else would make it. */
async function foreignRequest(
  algorithm: RsaHashedKeyGenParams | EcKeyGenParams | Algorithm,
  signingAlgorithm: object,
  extras: Partial<x509.Pkcs10CertificateRequestCreateParams> = {},
): Promise<string> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    keys: keys as CryptoKeyPair,
    signingAlgorithm: signingAlgorithm as Algorithm,
    ...extras,
  });
  return toPem(request.rawData, "CERTIFICATE REQUEST");
}

Deno.test("createKeyAndRequest makes a key and a request of it", async () => {
  const { keyPem, csrPem } = await createKeyAndRequest();
  const key = await readRequestedKey(csrPem);
  assert.deepEqual(key.algorithm, { name: "ECDSA", namedCurve: "P-256" });
  assert.equal(`${keyPem}`, "[secret]");
});

Deno.test("nothing of a request but its key gets into the certificate", async () => {
  const clock = new ManualClock();
  const authority = await newAuthority(clock);
  const csrPem = await foreignRequest(
    { name: "ECDSA", namedCurve: "P-256" },
    { name: "ECDSA", hash: "SHA-256" },
    {
      name: [{ CN: ["Orbit Nucleus"], O: ["Evil"] }],
      extensions: [
        new x509.BasicConstraintsExtension(true, 9, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
        new x509.SubjectAlternativeNameExtension([
          { type: "url", value: "orbit:nucleus" },
          { type: "dns", value: "hub.example" },
        ]),
      ],
      attributes: [new x509.ChallengePasswordAttribute("let me in")],
    },
  );
  const starId = createStarId();
  const { certificatePem } = await authority.issueStar({ csrPem, starId, name: "mine" });
  const facts = checkChain(certificatePem, authority.certificatePem, clock);
  assert.equal(facts.role, "star");
  assert.equal(facts.starId, starId);
  assert.deepEqual(facts.dnsNames, [`${starId}.star.orbit.internal`]);
  const certificate = new x509.X509Certificate(certificatePem);
  assert.equal(certificate.subject, "CN=mine");
  assert.equal(certificate.getExtension(x509.BasicConstraintsExtension)?.ca, false);
  assert.equal(
    certificate.getExtension(x509.KeyUsagesExtension)?.usages,
    x509.KeyUsageFlags.digitalSignature,
  );
  assert.equal(certificate.extensions.length, 6);
});

const accepted: [string, EcKeyGenParams | RsaHashedKeyGenParams, object][] = [
  ["P-384", { name: "ECDSA", namedCurve: "P-384" }, { name: "ECDSA", hash: "SHA-384" }],
  ["RSA 2048", { ...RSA, modulusLength: 2048, hash: "SHA-256" }, { ...RSA, hash: "SHA-256" }],
];
for (const [what, algorithm, signing] of accepted) {
  Deno.test(`readRequestedKey takes a key of ${what}`, async () => {
    const csrPem = await foreignRequest(algorithm, signing);
    assert.equal((await readRequestedKey(csrPem)).type, "public");
    const authority = await newAuthority();
    const request = { csrPem, starId: createStarId(), name: "other" };
    const { certificatePem } = await authority.issueStar(request);
    await assert.rejects(
      checkKeyPair(certificatePem, (await createKeyAndRequest()).keyPem),
      (error: { code: string }) => error.code === "conflict" || error.code === "invalid",
    );
  });
}

const SMALL_RSA = { ...RSA, modulusLength: 1024, hash: "SHA-256" };
const refused: [string, RsaHashedKeyGenParams | EcKeyGenParams | Algorithm, object, string][] = [
  ["RSA with 1024 bits", SMALL_RSA, { ...RSA, hash: "SHA-256" }, "1024 bits"],
  [
    "RSA-PSS",
    { ...RSA, name: "RSA-PSS", modulusLength: 2048, hash: "SHA-256" } as RsaHashedKeyGenParams,
    { name: "RSA-PSS", saltLength: 32, hash: "SHA-256" },
    "certificate request",
  ],
  ["Ed25519", { name: "Ed25519" }, { name: "Ed25519" }, "certificate request"],
  [
    "SHA-1",
    { ...RSA, modulusLength: 2048, hash: "SHA-1" } as RsaHashedKeyGenParams,
    { ...RSA, hash: "SHA-1" },
    "SHA-1",
  ],
];
for (const [what, algorithm, signing, says] of refused) {
  Deno.test(`readRequestedKey refuses ${what}`, async () => {
    const csrPem = await foreignRequest(algorithm, signing);
    await assert.rejects(readRequestedKey(csrPem), refusal("invalid", says));
  });
}

/** Where those bytes begin. */
function find(bytes: Uint8Array, hex: string): number {
  const at = bytes.toHex().indexOf(hex) / 2;
  assert.ok(at > 0 && Number.isInteger(at));
  return at;
}

Deno.test("readRequestedKey refuses a curve it doesn't know", async () => {
  const der = derOf((await createKeyAndRequest()).csrPem);
  const at = find(der, "2a8648ce3d030107") + 7;
  for (const last of [0x01, 0x03, 0x06, 0x7f]) {
    const pem = toPem(flipped(der, at, der[at] ^ last), "CERTIFICATE REQUEST");
    await assert.rejects(readRequestedKey(pem), refusal("invalid"));
  }
});

Deno.test("readRequestedKey refuses a key that its sender doesn't hold", async () => {
  const mine = derOf((await createKeyAndRequest()).csrPem);
  const theirs = derOf((await createKeyAndRequest()).csrPem);
  const point = find(theirs, "034200") + 3;
  const stolen = mine.slice();
  stolen.set(theirs.subarray(point, point + 65), find(mine, "034200") + 3);
  const pem = toPem(stolen, "CERTIFICATE REQUEST");
  await assert.rejects(readRequestedKey(pem), refusal("invalid", "isn't made with its key"));
});

Deno.test("readRequestedKey gives no other key, whichever byte of a request is changed", async () => {
  const { csrPem } = await createKeyAndRequest();
  const der = derOf(csrPem);
  const spkiOf = async (pem: string) =>
    new Uint8Array(await crypto.subtle.exportKey("spki", await readRequestedKey(pem))).toHex();
  const key = await spkiOf(csrPem);
  const change = fc.tuple(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }));
  await fc.assert(
    fc.asyncProperty(change, async ([at, by]) => {
      const pem = toPem(flipped(der, at, by), "CERTIFICATE REQUEST");
      // Not every byte of the encoding is signed; what a change leaves readable is the same key.
      const read = await spkiOf(pem).catch((error) => refusal("invalid")(error) && key);
      assert.equal(read, key);
    }),
    { numRuns: 300 },
  );
});

Deno.test("readRequestedKey refuses garbage", async () => {
  const { csrPem, keyPem } = await createKeyAndRequest();
  const der = derOf(csrPem);
  const label = "CERTIFICATE REQUEST";
  const nested = Uint8Array.from({ length: 8000 }, (_, i) => i % 2 === 0 ? 0x30 : 0x80);
  const garbage = [
    "",
    "x",
    "-----BEGIN CERTIFICATE REQUEST-----",
    "-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----",
    keyPem.reveal(),
    csrPem + csrPem,
    csrPem.replace("M", "\u0100"),
    csrPem.replaceAll("CERTIFICATE REQUEST", "CERTIFICATE"),
    toPem(der.subarray(0, -1), label),
    toPem(Uint8Array.of(...der, 0), label),
    toPem(Uint8Array.of(0x30, 0), label),
    toPem(Uint8Array.of(0x30, 0x80, 0, 0), label),
    toPem(nested, label),
    toPem(Uint8Array.of(0x30, 0x82, 0x1f, 0x3c, ...nested.subarray(4)), label),
  ];
  for (const text of garbage) {
    await assert.rejects(readRequestedKey(text), refusal("invalid"), text.slice(0, 80));
  }
});

Deno.test("readRequestedKey refuses random sequences", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (content) => {
    const pem = toPem(Uint8Array.of(0x30, content.length, ...content), "CERTIFICATE REQUEST");
    await assert.rejects(readRequestedKey(pem), refusal("invalid"));
  }));
});

Deno.test("readRequestedKey refuses more than 16 KiB before reading it", async () => {
  const { csrPem } = await createKeyAndRequest();
  await assert.rejects(
    readRequestedKey(csrPem + " ".repeat(16 * 1024)),
    refusal("invalid", "larger than 16384 bytes"),
  );
});
