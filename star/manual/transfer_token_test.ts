import assert from "node:assert/strict";
import { SignJWT } from "jose";
import { ManualClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { Secret } from "#core/identity/secret.ts";
import { readTransferToken } from "./transfer_token.ts";

const clock = new ManualClock();
const secret = new Secret("a secret of the lab");
const nowS = clock.now() / 1000;
const good = {
  sub: "transfer",
  allow_file: "/data/a",
  iss: "orbit-nucleus",
  iat: nowS,
  exp: nowS + 3600,
};

function sign(claims: Record<string, unknown>, alg = "HS256", key = secret.reveal()) {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(key));
}

function encode(value: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

const unsigned = `${encode({ alg: "none" })}.${encode(good)}.`;

Deno.test("readTransferToken gives the file that a good token names", async () => {
  assert.equal(await readTransferToken(await sign(good), { secret, clock }), "/data/a");
  const late = { ...good, iat: nowS - 3630, exp: nowS - 30 };
  assert.equal(await readTransferToken(await sign(late), { secret, clock }), "/data/a");
});

const BAD: [why: string, token: () => Promise<string> | string, says: RegExp][] = [
  ["signed with another secret", () => sign(good, "HS256", "x".repeat(32)), /isn't good/],
  ["signed by another algorithm", () => sign(good, "HS512", "x".repeat(64)), /isn't good/],
  ["signed by HS512 with the secret", () => sign(good, "HS512"), /isn't good/],
  ["not signed", () => unsigned, /isn't good/],
  ["no token", () => "nonsense", /isn't good/],
  ["empty", () => "", /isn't good/],
  ["too long", () => "x".repeat(8193), /too long/],
  ["of another subject", () => sign({ ...good, sub: "admin" }), /isn't good/],
  ["of another issuer", () => sign({ ...good, iss: "somebody" }), /isn't good/],
  ["for no file", () => sign({ ...good, allow_file: undefined }), /isn't good/],
  ["for an empty file", () => sign({ ...good, allow_file: "" }), /names no file/],
  ["for a number", () => sign({ ...good, allow_file: 1 }), /names no file/],
  ["without end", () => sign({ ...good, exp: undefined }), /isn't good/],
  ["without beginning", () => sign({ ...good, iat: undefined }), /isn't good/],
  ["expired", () => sign({ ...good, iat: nowS - 3000, exp: nowS - 61 }), /expired/],
  ["from the future", () => sign({ ...good, iat: nowS + 3600, exp: nowS + 7200 }), /isn't good/],
  ["for a day", () => sign({ ...good, exp: nowS + 86_400 }), /longer than an hour/],
];
for (const [why, token, says] of BAD) {
  Deno.test(`readTransferToken refuses one that is ${why}`, async () => {
    const reading = readTransferToken(await token(), { secret, clock });
    await assert.rejects(reading, (error) => {
      assert.ok(error instanceof OrbitError && error.code === "denied", `${error}`);
      assert.match(error.message, says);
      return true;
    });
  });
}
