import assert from "node:assert/strict";
import { parseApiToken, parseJoinToken } from "#core/identity/mod.ts";
import { ApiBed } from "./fixture.ts";

Deno.test("a join token is shown once, listed without its secret, and revoked", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token();
  const body = { name: "nas", constellation: "lab", roots: ["/data"], approved: true };
  const made = await bed.ask("/tokens", { as, body: { ...body, lifetimeMs: 60_000 } });
  assert.equal(made.status, 201);
  const { id } = parseJoinToken(made.body.text);
  const { token } = made.body;
  assert.deepEqual({ ...token, createdAtMs: 0 }, {
    ...body,
    ...{ id, state: "open", createdAtMs: 0, expiresAtMs: token.createdAtMs + 60_000 },
  });
  assert.deepEqual((await bed.ask("/tokens", { as })).body.tokens, [token]);
  const revoked = await bed.ask(`/tokens/${id}`, { as, method: "DELETE" });
  assert.equal(revoked.body.token.state, "revoked");
  assert.equal((await bed.ask(`/tokens/${id}`, { as, method: "DELETE" })).status, 409);
  assert.deepEqual((await bed.ask("/tokens?state=open", { as })).body.tokens, []);
  assert.equal((await bed.ask("/tokens/unknown", { as, method: "DELETE" })).status, 404);
  assert.deepEqual(bed.audited(4), [
    "token token.revoke refused",
    "token token.revoke refused",
    "token token.revoke allowed",
    "token token.create allowed",
  ]);
});

Deno.test("who is limited lets Stars only into what they reach themselves", async () => {
  await using bed = await ApiBed.open();
  const lab = bed.token("admin", { constellations: ["lab"] });
  const data = bed.token("admin", { pathPrefixes: ["/data"] });
  const cases: [as: string, body: object, status: number][] = [
    [lab, { constellation: "lab" }, 201],
    [lab, { constellation: "home" }, 403],
    [lab, {}, 403],
    [data, { roots: ["/data/in", "/data"] }, 201],
    [data, { roots: ["/data", "/etc"] }, 403],
    [data, { roots: ["/data/../etc"] }, 403],
    [data, { roots: [] }, 403],
    [data, {}, 403],
  ];
  for (const [as, body, status] of cases) {
    assert.equal((await bed.ask("/tokens", { as, body })).status, status, JSON.stringify(body));
  }
  const admin = bed.token();
  const all = (await bed.ask("/tokens", { as: admin })).body.tokens;
  assert.equal(all.length, 2);
  const seen = (await bed.ask("/tokens", { as: lab })).body.tokens;
  assert.deepEqual(seen.map((token: { constellation: string }) => token.constellation), ["lab"]);
  for (const { id, constellation } of all) {
    const { status } = await bed.ask(`/tokens/${id}`, { as: lab, method: "DELETE" });
    assert.equal(status, constellation === "lab" ? 200 : 404);
  }
});

Deno.test("an API token does what its role and scope say, until it is revoked", async () => {
  await using bed = await ApiBed.open();
  const admin = bed.token();
  const body = { name: "monitor", role: "viewer", constellations: ["lab"], pathPrefixes: ["/a/"] };
  const made = await bed.ask("/api-tokens", { as: admin, body });
  assert.equal(made.status, 201);
  assert.deepEqual(made.body.token.pathPrefixes, ["/a"]);
  const as = made.body.text, { id } = parseApiToken(as);
  assert.equal((await bed.ask("/stars", { as })).status, 200);
  assert.equal((await bed.ask("/api-tokens", { as })).status, 403);
  const listed = (await bed.ask("/api-tokens", { as: admin })).body.tokens;
  assert.equal(listed.length, 2);
  assert.equal((await bed.ask(`/api-tokens/${id}`, { as: admin, method: "DELETE" })).status, 200);
  assert.equal((await bed.ask("/stars", { as })).status, 401);
  assert.equal((await bed.ask(`/api-tokens/${id}`, { as: admin, method: "DELETE" })).status, 409);
});

Deno.test("nobody gives out more than they have", async () => {
  await using bed = await ApiBed.open();
  const scope = { constellations: ["lab", "home"], pathPrefixes: ["/data"] };
  const as = bed.token("admin", scope);
  const cases: [wanted: object, status: number][] = [
    [{}, 403],
    [{ constellations: ["lab"] }, 403],
    [{ pathPrefixes: ["/data"] }, 403],
    [{ constellations: ["lab", "attic"], pathPrefixes: ["/data"] }, 403],
    [{ constellations: ["lab"], pathPrefixes: ["/"] }, 403],
    [{ constellations: ["lab"], pathPrefixes: ["/data/in"] }, 201],
  ];
  for (const [wanted, status] of cases) {
    const body = { name: "x", role: "viewer", ...wanted };
    assert.equal((await bed.ask("/api-tokens", { as, body })).status, status, JSON.stringify(body));
  }
  // What reaches more than they do is as if it weren't there.
  const other = bed.token("viewer"), [, id] = other.split("_");
  assert.equal((await bed.ask(`/api-tokens/${id}`, { as, method: "DELETE" })).status, 404);
  assert.equal((await bed.ask("/api-tokens", { as })).body.tokens.length, 2);
});

Deno.test("API tokens want a name, a role, and scopes that mean something", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token();
  const good = { name: "x", role: "viewer" };
  for (
    const body of [
      { role: "viewer" },
      { name: "x" },
      { ...good, role: "root" },
      { ...good, name: "a\u202eb" },
      { ...good, constellations: [] },
      { ...good, constellations: ["Lab"] },
      { ...good, pathPrefixes: ["data"] },
      { ...good, pathPrefixes: ["/a/../b"] },
      { ...good, lifetimeMs: 10 },
    ]
  ) {
    assert.equal((await bed.ask("/api-tokens", { as, body })).status, 400, JSON.stringify(body));
  }
});

Deno.test("the audit log is listed, filtered and verified", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token();
  for (let i = 0; i < 5; i++) await bed.ask("/tokens", { as, body: {} });
  const page = (await bed.ask("/audit?limit=2", { as })).body;
  assert.deepEqual(page.records.map(({ seq }: { seq: number }) => seq), [6, 5]);
  assert.equal(page.next, 5);
  const older = (await bed.ask("/audit?before=3&outcome=allowed", { as })).body;
  assert.deepEqual(older.records.map(({ seq }: { seq: number }) => seq), [2, 1]);
  const verdict = (await bed.ask("/audit/verify", { as })).body;
  assert.equal(verdict.ok && verdict.records, 6);
  const { seq, hash } = verdict.head;
  const known = (await bed.ask(`/audit/verify?seq=${seq}&hash=${hash}`, { as })).body;
  assert.equal(known.ok, true);
  const lost = (await bed.ask(`/audit/verify?seq=${seq + 1}&hash=${hash}`, { as })).body;
  assert.deepEqual([lost.ok, lost.brokenAt], [false, 7]);
  assert.equal((await bed.ask(`/audit/verify?seq=${seq}`, { as })).status, 400);
});
