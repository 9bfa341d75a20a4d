import assert from "node:assert/strict";
import { TemporaryGrid } from "./fixture.ts";
import type { ApiTokenEntry } from "./mod.ts";

const RIGHT = (hash: string) => hash === "cd".repeat(32);
const ENTRY: ApiTokenEntry = {
  ...{ id: "a", secretHash: "cd".repeat(32), name: "CI", role: "operator" },
};

Deno.test("ApiTokenTable gives back what was added, nothing of the secret, and when it was used", async () => {
  using grid = new TemporaryGrid();
  const scope = { constellations: ["moon"], pathPrefixes: ["/mnt/\udcff"] };
  grid.store.apiTokens.add({ ...ENTRY, ...scope, expiresAtMs: grid.clock.now() + 5000 });
  await grid.clock.advance(1000);
  const usedAtMs = grid.clock.now();
  const check = grid.store.apiTokens.authenticate("a", RIGHT);
  assert.ok(check.ok);
  assert.equal(check.token.lastUsedAtMs, usedAtMs);
  const { apiTokens } = grid.reopen();
  const [token] = apiTokens.list();
  assert.deepEqual(token, {
    ...{ id: "a", name: "CI", role: "operator", ...scope, expiresAtMs: usedAtMs + 4000 },
    ...{ createdAtMs: usedAtMs - 1000, lastUsedAtMs: usedAtMs, revokedAtMs: undefined },
    state: "good",
  });
  await grid.clock.advance(4000);
  assert.deepEqual(apiTokens.authenticate("a", RIGHT), { ok: false, reason: "expired" });
});

Deno.test("ApiTokenTable refuses unknown, wrong and revoked tokens, and doesn't count that as use", () => {
  using grid = new TemporaryGrid();
  const { apiTokens } = grid.store;
  apiTokens.add(ENTRY);
  assert.deepEqual(apiTokens.authenticate("b", RIGHT), { ok: false, reason: "unknown" });
  assert.deepEqual(apiTokens.authenticate("a", () => false), { ok: false, reason: "wrong secret" });
  assert.equal(apiTokens.revoke("a").state, "revoked");
  assert.deepEqual(apiTokens.authenticate("a", RIGHT), { ok: false, reason: "revoked" });
  assert.equal(apiTokens.byId("a")!.lastUsedAtMs, undefined);
  assert.throws(() => apiTokens.revoke("a"), { code: "conflict" });
  assert.throws(() => apiTokens.revoke("b"), { code: "not_found" });
});

Deno.test("ApiTokenTable refuses bad names, roles and taken ids", () => {
  using grid = new TemporaryGrid();
  const { apiTokens } = grid.store;
  for (const name of ["", "x".repeat(65), "a\nb", "\u202e"]) {
    assert.throws(() => apiTokens.add({ ...ENTRY, name }), { code: "invalid" });
  }
  assert.throws(() => apiTokens.add({ ...ENTRY, role: "root" as "admin" }), { code: "invalid" });
  apiTokens.add(ENTRY);
  assert.throws(() => apiTokens.add(ENTRY), { code: "conflict" });
});
