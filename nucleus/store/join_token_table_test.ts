import assert from "node:assert/strict";
import { createStarId } from "#core/identity/mod.ts";
import { joinToken, TemporaryGrid } from "./fixture.ts";
import type { JoinTokenRefusal } from "./mod.ts";

const RIGHT = (hash: string) => hash === "ab".repeat(32);
const WRONG = () => false;

Deno.test("JoinTokenTable lists what was added, the newest first, and nothing of the secret", async () => {
  using grid = new TemporaryGrid();
  const entry = {
    ...joinToken("a", grid.clock.now()),
    ...{ name: "nas", constellation: "moon", roots: ["/mnt/\udcff"], approves: false },
  };
  const added = grid.store.joinTokens.add(entry);
  const { secretHash, ...shown } = entry;
  assert.deepEqual(added, {
    ...{ ...shown, createdAtMs: grid.clock.now(), state: "open" },
    ...{ usedAtMs: undefined, usedBy: undefined, revokedAtMs: undefined },
  });
  await grid.clock.advance(1000);
  grid.store.joinTokens.add(joinToken("b", grid.clock.now()));
  const { joinTokens } = grid.reopen();
  const listed = joinTokens.list();
  assert.deepEqual(listed.map(({ id }) => id), ["b", "a"]);
  assert.deepEqual(listed[1], added);
  assert.equal(JSON.stringify(listed).includes(secretHash), false);
  assert.throws(() => joinTokens.add(entry), { code: "conflict" });
  assert.throws(() => joinTokens.add({ ...entry, id: "c", name: "No" }), { code: "invalid" });
});

Deno.test("consume lets in one of a hundred, and says so to the others after a restart too", () => {
  using grid = new TemporaryGrid();
  grid.store.joinTokens.add(joinToken("a", grid.clock.now()));
  const ids = Array.from({ length: 100 }, () => createStarId());
  const checks = ids.map((id) => grid.store.joinTokens.consume("a", RIGHT, id));
  assert.equal(checks.filter(({ ok }) => ok).length, 1);
  assert.equal(checks[0].ok && checks[0].token.usedBy, ids[0]);
  const again = grid.reopen().joinTokens.consume("a", RIGHT, ids[1]);
  assert.deepEqual(again, { ok: false, reason: "used" });
  assert.equal(grid.store.joinTokens.byId("a")!.usedBy, ids[0]);
});

const REFUSALS: [
  reason: JoinTokenRefusal,
  prepare: (grid: TemporaryGrid) => Promise<void> | void,
][] = [
  ["unknown", () => {}],
  ["expired", (grid) => grid.clock.advance(3600_000)],
  ["revoked", (grid) => void grid.store.joinTokens.revoke("a")],
  ["used", (grid) => void grid.store.joinTokens.consume("a", RIGHT, createStarId())],
];
for (const [reason, prepare] of REFUSALS) {
  Deno.test(`a join token that is ${reason} lets nobody in, and a wrong secret learns nothing of that`, async () => {
    using grid = new TemporaryGrid();
    grid.store.joinTokens.add(joinToken("a", grid.clock.now()));
    await prepare(grid);
    const id = reason === "unknown" ? "b" : "a";
    const { joinTokens } = grid.reopen();
    const refused = { ok: false, reason };
    assert.deepEqual(joinTokens.check(id, RIGHT), refused);
    assert.deepEqual(joinTokens.consume(id, RIGHT, createStarId()), refused);
    const wrong = joinTokens.consume(id, WRONG, createStarId());
    assert.deepEqual(wrong, { ok: false, reason: id === "b" ? "unknown" : "wrong secret" });
    assert.deepEqual(joinTokens.list({ isOpen: true }).length, reason === "unknown" ? 1 : 0);
  });
}

Deno.test("a failed transaction gives the token back", () => {
  using grid = new TemporaryGrid();
  const { joinTokens } = grid.store;
  joinTokens.add(joinToken("a", grid.clock.now()));
  const failing = () => {
    assert.equal(joinTokens.consume("a", RIGHT, createStarId()).ok, true);
    throw new Error("stop");
  };
  assert.throws(() => grid.store.transact(failing), /stop/);
  assert.equal(joinTokens.check("a", RIGHT).ok, true);
});

Deno.test("revoke of a join token needs one that is open", () => {
  using grid = new TemporaryGrid();
  const { joinTokens } = grid.store;
  joinTokens.add(joinToken("a", grid.clock.now()));
  assert.equal(joinTokens.revoke("a").state, "revoked");
  assert.throws(() => joinTokens.revoke("a"), { code: "conflict" });
  assert.throws(() => joinTokens.revoke("b"), { code: "not_found" });
});

Deno.test("prune forgets join tokens a week after they expired", async () => {
  using grid = new TemporaryGrid();
  grid.store.joinTokens.add(joinToken("a", grid.clock.now()));
  await grid.clock.advance(7 * 24 * 3600_000);
  grid.store.prune();
  assert.equal(grid.store.joinTokens.list().length, 1);
  await grid.clock.advance(3601_000);
  grid.store.prune();
  assert.equal(grid.store.joinTokens.list().length, 0);
});
