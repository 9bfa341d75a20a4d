/** Tokens that are wrong in every way, and many at once. */
import assert from "node:assert/strict";
import { systemClock } from "#core/clock.ts";
import { createJoinToken, JOIN_TOKEN_LIFETIME_MAX_MS } from "#core/identity/mod.ts";
import type { OrbitError } from "#core/errors.ts";
import type { Joined } from "../../../star/join/join.ts";
import { OPERATOR, TestNucleus } from "../nucleus_fixture.ts";
import { codeOf, LEAVES_TIMERS, refusals, within } from "./support.ts";

/** The text with another letter at a place. */
function slip(text: string, at: number): string {
  const place = at < 0 ? text.length + at : at;
  const other = text[place] === "a" ? "b" : "a";
  return text.slice(0, place) + other + text.slice(place + 1);
}

/** Joins; tries again when a busy machine answers too late, as its user would. */
async function joinPatiently(test: TestNucleus, token: string, tries = 4): Promise<Joined> {
  try {
    return await test.join(token);
  } catch (error) {
    if ((error as OrbitError).code !== "unavailable" || tries === 1) throw error;
    return await joinPatiently(test, token, tries - 1);
  }
}

function stars(test: TestNucleus): number {
  return test.nucleus.parts.store.stars.list().length;
}

Deno.test(
  "tokens that are no tokens, or another grid's, never reach the Nucleus",
  LEAVES_TIMERS,
  async () => {
    await using test = await TestNucleus.start();
    await using other = await TestNucleus.start();
    const text = test.createToken();
    const broken = ["", text.slice(0, -1), text.slice(1), text.slice(0, 20), slip(text, -1)];
    for (const token of [...broken, `${text}a`, `${text}\n${text}`, "\0".repeat(1000)]) {
      assert.equal(await codeOf(test.join(token)), "invalid", JSON.stringify(token));
    }
    assert.equal(await codeOf(test.join(other.createToken())), "denied");
    for (const { nucleus } of [test, other]) {
      assert.equal(nucleus.parts.store.audit.list({ limit: 100 }).length, 1);
      assert.equal(nucleus.parts.store.stars.list().length, 0);
    }
    assert((await test.join(text)).identity.starId);
  },
);

Deno.test("tokens that are made up, expired, revoked or used are refused in the same words, and audited", async () => {
  let nowMs = Date.now();
  const clock = { ...systemClock, now: () => nowMs };
  await using test = await TestNucleus.start({ clock });
  const { adoption, authority } = test.nucleus.parts;
  const madeUp = createJoinToken({
    authorityFingerprint: authority.fingerprint,
    clock,
    lifetimeMs: 60_000,
  }).text;
  const { text: revoked, token } = adoption.createToken({}, OPERATOR);
  adoption.revokeToken(token.id, OPERATOR);
  const used = test.createToken(), expired = test.createToken();
  await test.join(used);
  const words = new Set<string>();
  const tryAll = async (tokens: string[]) => {
    for (const text of tokens) {
      await assert.rejects(within(test.join(text), "join"), (error: Error & { code: string }) => {
        words.add(error.message);
        return error.code === "unauthenticated";
      });
    }
  };
  await tryAll([madeUp, revoked.reveal(), used]);
  nowMs += JOIN_TOKEN_LIFETIME_MAX_MS + 1;
  await tryAll([expired]);
  assert.equal(words.size, 1);
  assert.equal(stars(test), 1);
  assert.deepEqual(
    refusals(test).reverse(),
    ["unknown", "revoked", "used", "expired"].map((reason) => `star.join: ${reason}`),
  );
});

Deno.test("of a hundred joins at once with one token one wins", LEAVES_TIMERS, async () => {
  await using test = await TestNucleus.start();
  const token = test.createToken({ name: "only" });
  const joins = Array.from({ length: 100 }, () => codeOf(test.join(token)));
  const codes = Object.groupBy(await Promise.all(joins), (code) => code);
  assert.equal(codes[""]?.length, 1);
  // The others learn that the token isn't good, or that they have tried too often; on a busy
  // machine some are answered too late.
  const { unauthenticated = [], exhausted = [], unavailable = [] } = codes;
  const refused = unauthenticated.length + exhausted.length + unavailable.length;
  assert.equal(refused, 99, JSON.stringify(codes));
  assert.equal(stars(test), 1);
});

Deno.test("a hundred joins at once with a hundred tokens all win", LEAVES_TIMERS, async () => {
  await using test = await TestNucleus.start();
  const joins = Array.from({ length: 100 }, () => test.createToken({ name: "nas" }))
    .map((token) => joinPatiently(test, token));
  const joined = await within(Promise.all(joins), "a hundred joins", 60_000);
  assert.equal(new Set(joined.map(({ identity }) => identity.starId)).size, 100);
  assert.equal(new Set(joined.map(({ identity }) => identity.name)).size, 100);
  assert.equal(stars(test), 100);
  assert.deepEqual(refusals(test), []);
});
