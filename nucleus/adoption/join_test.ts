import assert from "node:assert/strict";
import type { OrbitError } from "#core/errors.ts";
import { checkChain, type StarId } from "#core/identity/mod.ts";
import { encodeName } from "#core/names.ts";
import { ADDRESS, ADMIN, CSR, joinRequest, TemporaryAdoption } from "./fixture.ts";

const NOT_VALID = {
  code: "unauthenticated",
  message: "join: the join token isn't valid (any more); ask for a new one",
};

Deno.test("join makes a pending Star of a machine, and says all of it", async () => {
  await using at = await TemporaryAdoption.open();
  const { adoption, authority, grid } = at;
  const token = at.token({ roots: ["/mnt/\udcff"], constellation: "moon" });
  const answer = await adoption.join(joinRequest(token), ADDRESS);
  const star = grid.store.stars.byId(answer.starId as StarId)!;
  const facts = await checkChain(answer.certificate!, answer.authority!, grid.clock);
  assert.deepEqual(answer, {
    ...{ starId: star.id, name: "nas", constellation: "moon", approved: false },
    ...{ certificate: answer.certificate, authority: authority.certificatePem },
    roots: [encodeName("/mnt/\udcff")],
  });
  assert.deepEqual([facts.role, facts.starId, facts.commonName], ["star", star.id, "nas"]);
  const { serial, thumbprint, notAfter } = facts;
  assert.deepEqual(star.certificate, { serial, thumbprint, notAfter });
  assert.deepEqual([star.status, star.joinedFrom], ["pending", ADDRESS]);
  assert.deepEqual(star.grantedRoots, ["/mnt/\udcff"]);
  assert.deepEqual(at.events, [{ kind: "joined", star }]);
  assert.deepEqual(at.audited(), ["star.join allowed", "token.create allowed"]);
  assert.equal(adoption.admit({ starId: star.id, serial }).standing, "pending");
});

Deno.test("join by a token that approves and names gives an active Star of that name", async () => {
  await using at = await TemporaryAdoption.open();
  const join = () =>
    at.adoption.join(joinRequest(at.token({ name: "vault", approves: true })), ADDRESS);
  const first = await join();
  assert.deepEqual([first.name, first.approved, first.constellation], ["vault", true, "default"]);
  assert.equal((await join()).name, "vault-2");
});

Deno.test("a hundred machines join at once, each with its token, from one address", async () => {
  await using at = await TemporaryAdoption.open();
  const tokens = Array.from({ length: 100 }, () => at.token());
  const answers = await Promise.all(
    tokens.map((token) => at.adoption.join(joinRequest(token), ADDRESS)),
  );
  assert.equal(new Set(answers.map(({ starId }) => starId)).size, 100);
  assert.equal(new Set(answers.map(({ name }) => name)).size, 100);
  assert.equal(at.grid.store.stars.counts().pending, 100);
});

Deno.test("of a hundred that show one token at once, one joins", async () => {
  await using at = await TemporaryAdoption.open();
  const token = at.token();
  const attempts = Array.from(
    { length: 100 },
    (_, i) => at.adoption.join(joinRequest(token), `198.51.100.${i}`),
  );
  const outcomes = await Promise.allSettled(attempts);
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") assert.equal(outcome.reason.message, NOT_VALID.message);
  }
  assert.equal(at.grid.store.stars.list().length, 1);
  assert.equal(at.audited().filter((text) => text === "star.join refused used").length, 99);
});

const BAD_TOKENS: [
  reason: string,
  spoil: (at: TemporaryAdoption) => Promise<ReturnType<typeof joinRequest>>,
][] = [
  ["unknown", (at) => Promise.resolve(joinRequest(at.token(), { tokenId: "0".repeat(16) }))],
  [
    "wrong secret",
    (at) => Promise.resolve(joinRequest(at.token(), { tokenSecret: "0".repeat(64) })),
  ],
  ["expired", async (at) => {
    const request = joinRequest(at.token({ lifetimeMs: 60_000 }));
    await at.grid.clock.advance(60_000);
    return request;
  }],
  ["revoked", (at) => {
    const { text, token } = at.adoption.createToken({}, ADMIN);
    at.adoption.revokeToken(token.id, ADMIN);
    return Promise.resolve(joinRequest(text));
  }],
  ["used", async (at) => {
    const request = joinRequest(at.token());
    await at.adoption.join(request, ADDRESS);
    return request;
  }],
];
for (const [reason, spoil] of BAD_TOKENS) {
  Deno.test(`join with a token that is ${reason} says what it says for each, and audits why`, async () => {
    await using at = await TemporaryAdoption.open();
    const request = await spoil(at);
    const stars = at.grid.store.stars.list().length;
    await assert.rejects(at.adoption.join(request, ADDRESS), NOT_VALID);
    assert.equal(at.grid.store.stars.list().length, stars);
    const [record] = at.grid.store.audit.list();
    assert.deepEqual([record.outcome, record.reason], ["refused", reason]);
    assert.equal(record.target, reason === "unknown" ? undefined : request.tokenId);
    assert.equal(record.actor.address, ADDRESS);
  });
}

Deno.test("join refuses a bad request, and the token is still good", async () => {
  await using at = await TemporaryAdoption.open();
  const token = at.token();
  const bad = [
    { certificateRequest: "" },
    { certificateRequest: "x".repeat(17_000) },
    { certificateRequest: CSR.slice(0, 200) },
    { certificateRequest: CSR.replace(/A/, "B") },
    { hostname: "x".repeat(254) },
    { hostname: "a\nb" },
    { version: "\0" },
    { tokenId: "x".repeat(129) },
    { tokenSecret: "" },
  ];
  for (const [i, changes] of bad.entries()) {
    const attempt = at.adoption.join(joinRequest(token, changes), `198.51.100.${i}`);
    await assert.rejects(attempt, { code: "invalid" }, JSON.stringify(changes).slice(0, 80));
  }
  assert.equal(
    at.audited().filter((text) => text.startsWith("star.join refused")).length,
    bad.length,
  );
  assert.equal((await at.adoption.join(joinRequest(token), ADDRESS)).name, "nas");
});

Deno.test("join refuses an address after too many failures, good token or not, for a while", async () => {
  await using at = await TemporaryAdoption.open({
    limits: { failuresPerAddress: { burst: 3, perSecond: 0.1 } },
  });
  const good = joinRequest(at.token());
  const bad = joinRequest(at.token(), { tokenSecret: "0" });
  const from = (port: number) => `[2001:db8::${port}]:${port}`;
  for (let i = 1; i <= 3; i++) await assert.rejects(at.adoption.join(bad, from(i)), NOT_VALID);
  const tooMany = { code: "exhausted", message: /try again in 10 s/, detail: { retryable: true } };
  await assert.rejects(at.adoption.join(good, from(9)), tooMany);
  assert.match(at.audited()[0], /^star.join refused too many failed attempts/);
  await at.grid.clock.advance(10_000);
  assert.equal((await at.adoption.join(good, from(9))).name, "nas");
});

Deno.test("join counts failures when there are too many to record, and lets good tokens in meanwhile", async () => {
  await using at = await TemporaryAdoption.open({
    limits: { failuresInAll: { burst: 5, perSecond: 1 } },
  });
  const bad = joinRequest(at.token(), { tokenSecret: "0" });
  const codes: string[] = [];
  for (let i = 0; i < 20; i++) {
    await at.adoption.join(bad, `198.51.100.${i}`).catch((error) => codes.push(error.code));
  }
  assert.deepEqual(codes, [...Array(5).fill("unauthenticated"), ...Array(15).fill("exhausted")]);
  assert.equal(at.audited().filter((text) => text.includes("refused")).length, 5);
  await at.adoption.join(joinRequest(at.token()), ADDRESS);
  await at.grid.clock.advance(1000);
  await at.adoption.join(joinRequest(at.token()), ADDRESS);
  const [, record] = at.grid.store.audit.list();
  assert.deepEqual([record.outcome, record.detail], ["refused", { unrecorded: 15 }]);
});

Deno.test("join says nothing of the Nucleus's own trouble, and the token is still good", async () => {
  await using at = await TemporaryAdoption.open();
  const { store } = at.grid;
  const request = joinRequest(at.token());
  const { append } = store.audit;
  store.audit.append = () => {
    throw Object.assign(new Error('use grid database "/secret/place": disk full'));
  };
  await assert.rejects(at.adoption.join(request, ADDRESS), (error: OrbitError) => {
    assert.equal(error.message.includes("secret"), false);
    return error.code === "unavailable" && error.detail.retryable === true;
  });
  store.audit.append = append;
  assert.equal(store.stars.list().length, 0);
  assert.equal((await at.adoption.join(request, ADDRESS)).name, "nas");
});

Deno.test("no secret of a join is in the database", async () => {
  await using at = await TemporaryAdoption.open();
  const requests = [1, 2, 3].map(() => joinRequest(at.token()));
  const [good, wrong, confused] = requests;
  await at.adoption.join(good, ADDRESS);
  await assert.rejects(at.adoption.join({ ...wrong, tokenId: good.tokenId }, ADDRESS));
  await assert.rejects(at.adoption.join({ ...confused, tokenId: confused.tokenSecret }, ADDRESS));
  at.grid.reopen();
  for (const { name } of Deno.readDirSync(at.grid.folder.path)) {
    const bytes = Deno.readFileSync(`${at.grid.folder.path}/${name}`);
    const text = new TextDecoder("latin1").decode(bytes);
    for (const { tokenSecret } of requests) assert.equal(text.includes(tokenSecret), false, name);
  }
});

Deno.test("createToken refuses bad roots, names and lifetimes", async () => {
  await using at = await TemporaryAdoption.open();
  const bad = [
    { roots: ["relative"] },
    { roots: ["/a\0b"] },
    { roots: ["/" + "x".repeat(5000)] },
    { roots: Array(65).fill("/a") },
    { name: "No" },
    { constellation: "" },
    { lifetimeMs: 3600_001 },
    { lifetimeMs: 0 },
  ];
  for (const request of bad) assert.throws(() => at.token(request), { code: "invalid" });
  assert.equal(at.grid.store.joinTokens.list().length, 0);
  const many = Array.from({ length: 64 }, (_, i) => `/${i}/${"é".repeat(1900)}`);
  assert.ok(at.token({ roots: [...many.slice(1), "C:\\data"] }));
  assert.equal(at.grid.store.joinTokens.list()[0].roots.length, 64);
});
