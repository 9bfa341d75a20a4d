import assert from "node:assert/strict";
import { Secret } from "#core/identity/mod.ts";
import { ApiBed } from "./fixture.ts";

Deno.test("createApi answers in JSON, with headers for security, whatever it is asked", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token();
  for (
    const [path, status, asking] of [
      ["/api/v1/stars", 200, { as }],
      ["/api/v1/stars", 401, {}],
      ["/api/v1/nothing", 404, { as }],
      ["/", 404, {}],
      ["/api/v1/stars", 405, { as, method: "PATCH" }],
      ["/api/v1/tokens/", 404, { as }],
    ] as const
  ) {
    const response = await bed.raw(path, asking);
    assert.equal(response.status, status, path);
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.match(response.headers.get("x-request-id")!, /^[0-9a-f-]{36}$/);
    const body = await response.json();
    if (status >= 400) assert.deepEqual(Object.keys(body.error), ["code", "message", "detail"]);
  }
});

Deno.test("createApi says which methods a path takes, and answers HEAD without a body", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token();
  const options = await bed.raw("/api/v1/stars/x", { method: "OPTIONS" });
  assert.equal(options.status, 204);
  assert.equal(options.headers.get("allow"), "OPTIONS, HEAD, GET, DELETE");
  const refused = await bed.ask("/jobs", { as, method: "DELETE" });
  assert.equal(refused.headers.get("allow"), "OPTIONS, HEAD, GET, POST");
  assert.match(
    refused.body.error.message,
    /DELETE \/api\/v1\/jobs: takes OPTIONS, HEAD, GET, POST/,
  );
  const head = await bed.raw("/api/v1/stars", { as, method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
  assert.equal((await bed.raw("/api/v1/stars", { method: "HEAD" })).status, 401);
});

Deno.test("createApi tells a stranger nothing of what is wrong with a token", async () => {
  await using bed = await ApiBed.open();
  const good = bed.token(), [, id] = good.split("_");
  const other = bed.token();
  bed.store.apiTokens.revoke(other.split("_")[1]);
  const short = bed.token("viewer");
  bed.store.transact(() => {});
  const answers = [];
  for (const [address, as] of [["a", "x"], ["b", other], ["c", `${good}0`], ["d", " "]] as const) {
    answers.push((await bed.ask("/stars", { as, address })).body.error);
  }
  assert.equal(new Set(answers.map(({ message }) => message)).size, 1);
  assert.equal((await bed.ask("/stars", { as: good })).status, 200);
  assert.equal((await bed.ask("/stars", { as: short })).status, 200);
  const reasons = bed.store.audit.list({ action: "api.authenticate" }).map(({ reason }) => reason);
  assert.deepEqual(reasons, ["malformed", "malformed", "revoked", "malformed"]);
  assert.ok(!JSON.stringify(bed.store.audit.list()).includes(good.split("_")[2]));
  assert.ok(id);
});

Deno.test("createApi refuses an expired token", async () => {
  await using bed = await ApiBed.open();
  const admin = bed.token();
  const body = { name: "short", role: "viewer", lifetimeMs: 60_000 };
  const { text } = (await bed.ask("/api-tokens", { as: admin, body })).body;
  assert.equal((await bed.ask("/stars", { as: text })).status, 200);
  await bed.adoption.grid.clock.advance(60_000);
  assert.equal((await bed.ask("/stars", { as: text })).status, 401);
});

Deno.test("createApi limits failed attempts by address, and only that address", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token();
  const address = "198.51.100.1";
  for (let i = 0; i < 10; i++) {
    assert.equal((await bed.ask("/stars", { as: "wrong", address })).status, 401);
  }
  const { status, headers, body } = await bed.ask("/stars", { as: "wrong", address });
  assert.equal(status, 429);
  assert.equal(body.error.code, "exhausted");
  const waitS = Number(headers.get("retry-after"));
  assert.ok(waitS >= 1 && waitS <= 6, `${waitS}`);
  assert.equal((await bed.ask("/stars", { as, address })).status, 429);
  assert.equal((await bed.ask("/stars", { as })).status, 200);
  // Those who show nothing at all are no danger, and those who show a good one aren't counted.
  for (let i = 0; i < 20; i++) await bed.ask("/stars");
  assert.equal((await bed.ask("/stars", { as })).status, 200);
  await bed.adoption.grid.clock.advance(waitS * 1000);
  assert.equal((await bed.ask("/stars", { as, address })).status, 200);
});

Deno.test("createApi records so many refusals and counts the others", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token("viewer");
  for (let i = 0; i < 150; i++) await bed.ask("/tokens", { as });
  assert.equal(bed.store.audit.list({ action: "token.list", limit: 1000 }).length, 100);
  await bed.adoption.grid.clock.advance(1000);
  await bed.ask("/tokens", { as });
  assert.deepEqual(bed.store.audit.list({ limit: 1 })[0].detail, { unrecorded: 50 });
});

Deno.test("createApi hides its own trouble behind the request's id", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token();
  bed.store.stars.list = () => {
    throw new Error("secret path /var/lib/orbit-nucleus");
  };
  const { status, headers, body } = await bed.ask("/stars", { as });
  assert.equal(status, 500);
  assert.equal(body.error.code, "internal");
  assert.ok(!body.error.message.includes("secret"));
  assert.ok(body.error.message.includes(headers.get("x-request-id")));
  assert.ok(
    bed.logged.lines.some((line) =>
      line.includes("secret path") && line.includes(headers.get("x-request-id")!)
    ),
  );
});

Deno.test("health counts what the one who asks may see", async () => {
  await using bed = await ApiBed.open();
  bed.star("a");
  bed.star("b", { constellation: "lab" });
  bed.star("c", { constellation: "lab", isApproved: false });
  const all = (await bed.ask("/health", { as: bed.token("viewer") })).body;
  assert.deepEqual(all.stars, { pending: 1, online: 0, offline: 2, draining: 0, revoked: 0 });
  assert.equal(all.uptimeMs, 0);
  const lab = bed.token("viewer", { constellations: ["lab"] });
  const some = (await bed.ask("/health", { as: lab })).body;
  assert.deepEqual(some.stars, { pending: 1, online: 0, offline: 1, draining: 0, revoked: 0 });
  const open = await bed.raw("/healthz");
  assert.deepEqual(await open.json(), { status: "ok" });
});

Deno.test("no answer and no log line holds a secret that isn't meant for it", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token();
  const join = (await bed.ask("/tokens", { as, body: {} })).body;
  const api = (await bed.ask("/api-tokens", { as, body: { name: "x", role: "admin" } })).body;
  const secrets = [as, join.text, api.text].map((text: string) => new Secret(text.split("_")[2]));
  const later = [];
  for (const path of ["/tokens", "/api-tokens", "/audit", "/health"]) {
    later.push(JSON.stringify((await bed.ask(path, { as })).body));
  }
  for (const secret of secrets) {
    for (const text of [...later, ...bed.logged.lines]) assert.ok(!text.includes(secret.reveal()));
  }
});
