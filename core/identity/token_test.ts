import assert from "node:assert/strict";
import fc from "fast-check";
import { ManualClock } from "#core/clock.ts";
import { createApiToken, parseApiToken } from "./api_token.ts";
import { createJoinToken, parseJoinToken } from "./join_token.ts";
import { Secret } from "./secret.ts";
import { refusal } from "./test_help.ts";
import { hashSecret, verifySecret } from "./token_text.ts";

const HOUR = 3600_000;
const FINGERPRINT = "0123456789abcdef".repeat(4);

function joinToken() {
  return createJoinToken({
    authorityFingerprint: FINGERPRINT,
    clock: new ManualClock(),
    lifetimeMs: HOUR,
  });
}

/** Both kinds: how to make one, and how to read it. */
const kinds: [
  string,
  () => { text: string; id: string; secretHash: string },
  (
    text: string,
  ) => { id: string; secret: Secret },
][] = [
  ["JoinToken", joinToken, parseJoinToken],
  ["ApiToken", createApiToken, parseApiToken],
];

for (const [kind, create, parse] of kinds) {
  Deno.test(`parse${kind} reads what create${kind} made`, () => {
    const { text, id, secretHash } = create();
    for (const copy of [text, ` ${text}\n`]) {
      const read = parse(copy);
      assert.equal(read.id, id);
      assert.ok(verifySecret(read.secret, secretHash));
    }
  });

  Deno.test(`create${kind} makes one word that no shell changes, and no option`, () => {
    assert.match(create().text, /^[a-z][a-z0-9_]+$/);
  });

  Deno.test(`create${kind} never makes the same twice`, () => {
    const made = Array.from({ length: 100 }, create);
    for (const field of ["text", "id", "secretHash"] as const) {
      assert.equal(new Set(made.map((token) => token[field])).size, made.length);
    }
  });

  Deno.test(`create${kind} stores nothing that opens`, () => {
    const { text, id, secretHash } = create();
    assert.match(secretHash, /^[0-9a-f]{64}$/);
    assert.ok(!text.includes(secretHash));
    const secret = parse(text).secret.reveal();
    assert.equal(secret.length, 64);
    assert.ok(!JSON.stringify({ id, secretHash }).includes(secret));
  });

  Deno.test(`parse${kind} refuses any single slip, without showing the token`, () => {
    const { text } = create();
    const secret = parse(text).secret.reveal();
    const slip = fc.tuple(fc.nat(text.length - 1), fc.string({ unit: "binary", maxLength: 2 }));
    fc.assert(
      fc.property(slip, ([at, instead]) => {
        fc.pre(instead !== text[at]);
        const wrong = text.slice(0, at) + instead + text.slice(at + 1);
        fc.pre(wrong.trim() !== text);
        assert.throws(() => parse(wrong), (error: Error) => {
          refusal("invalid")(error);
          assert.ok(!error.message.includes(secret.slice(0, 8)), error.message);
          return true;
        });
      }),
      { numRuns: 1000 },
    );
  });

  Deno.test(`parse${kind} refuses two characters changed places`, () => {
    const { text } = create();
    fc.assert(fc.property(fc.nat(text.length - 2), (at) => {
      fc.pre(text[at] !== text[at + 1]);
      const swapped = text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2);
      assert.throws(() => parse(swapped), refusal("invalid"));
    }));
  });

  Deno.test(`parse${kind} says that a token is cut off, wherever it is`, () => {
    const { text } = create();
    const start = text.indexOf("_") + 1;
    for (let length = start; length < text.length; length++) {
      assert.throws(() => parse(text.slice(0, length)), refusal("invalid", "cut off"));
    }
    assert.throws(() => parse(""), refusal("invalid", "empty"));
    assert.throws(() => parse(text.slice(3)), refusal("invalid", "doesn't begin with"));
  });

  Deno.test(`parse${kind} refuses what is too long, soon`, () => {
    const { text } = create();
    assert.throws(() => parse(text + "0"), refusal("invalid", "characters, not"));
    assert.throws(() => parse(text + " ".repeat(512)), refusal("invalid", "longer than 512"));
    assert.throws(() => parse("_".repeat(10_000_000)), refusal("invalid", "longer than 512"));
  });
}

Deno.test("neither kind of token passes for the other", () => {
  assert.throws(() => parseJoinToken(createApiToken().text), refusal("invalid", '"orbit1_"'));
  assert.throws(() => parseApiToken(joinToken().text), refusal("invalid", '"orbitapi1_"'));
});

Deno.test("a join token carries its authority, and ends when asked", () => {
  const clock = new ManualClock();
  const lifetimeMs = 5 * 60_000;
  const token = createJoinToken({ authorityFingerprint: FINGERPRINT, clock, lifetimeMs });
  assert.equal(parseJoinToken(token.text).authorityFingerprint, FINGERPRINT);
  assert.equal(token.expiresAt, clock.now() + lifetimeMs);
});

for (const lifetimeMs of [0, -1, 999, HOUR + 1, NaN, Infinity]) {
  Deno.test(`createJoinToken refuses a lifetime of ${lifetimeMs} ms`, () => {
    const clock = new ManualClock();
    const options = { authorityFingerprint: FINGERPRINT, clock, lifetimeMs };
    assert.throws(() => createJoinToken(options), refusal("invalid", "lifetime"));
  });
}

for (const authorityFingerprint of ["", "ab", FINGERPRINT.toUpperCase(), `${FINGERPRINT}\n`]) {
  Deno.test(`createJoinToken refuses the fingerprint ${JSON.stringify(authorityFingerprint)}`, () => {
    const options = { authorityFingerprint, clock: new ManualClock(), lifetimeMs: HOUR };
    assert.throws(() => createJoinToken(options), refusal("invalid", "fingerprint"));
  });
}

Deno.test("verifySecret knows a secret from any other", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => {
    const hash = hashSecret(new Secret(a));
    assert.equal(verifySecret(new Secret(b), hash), a === b);
    assert.ok(verifySecret(new Secret(a), hash));
  }));
  for (const hash of ["", "x", hashSecret(new Secret("a")).slice(1)]) {
    assert.ok(!verifySecret(new Secret("a"), hash));
  }
});
