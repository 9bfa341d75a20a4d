import assert from "node:assert/strict";
import { createStarId } from "#core/identity/mod.ts";
import { certificate, heartbeat, HELLO, newStar, TemporaryGrid } from "./fixture.ts";
import type { Star } from "./mod.ts";

const names = (stars: readonly Star[]) => stars.map(({ name }) => name);

Deno.test("StarRegistry gives back what was added, after a restart too", () => {
  using grid = new TemporaryGrid();
  const issued = certificate(grid.clock.now());
  const given = { ...newStar(), isApproved: false, grantedRoots: ["/mnt/\udcff"] };
  const added = grid.store.stars.add(given, issued);
  const { isApproved: _, ...same } = given;
  assert.deepEqual(added, {
    ...same,
    ...{ standing: "pending", status: "pending", joinedAtMs: grid.clock.now() },
    ...{ capabilities: [], roots: [], certificate: issued },
    ...{ platform: undefined, address: undefined, refusedAddress: undefined, walls: undefined },
    ...{ heartbeat: undefined, lastHeartbeatAtMs: undefined },
  });
  const { stars } = grid.reopen();
  assert.deepEqual(stars.byId(added.id), added);
  assert.deepEqual(stars.byName("nas"), added);
  assert.equal(stars.byId(createStarId()), undefined);
  assert.throws(() => stars.add(newStar(added.id), certificate(0)), { code: "conflict" });
});

Deno.test("StarRegistry gives a taken name a number, and keeps it within 63 characters", () => {
  using grid = new TemporaryGrid();
  assert.deepEqual(names([1, 2, 3].map(() => grid.addStar())), ["nas", "nas-2", "nas-3"]);
  const long = "n".repeat(63);
  assert.equal(grid.addStar({ name: long }).name, long);
  assert.equal(grid.addStar({ name: long }).name, "n".repeat(61) + "-2");
  assert.equal(grid.store.stars.freeName("nas"), "nas-4");
});

for (const name of ["", "-a", "A", "a.b", "a".repeat(64), "é", "a\n", "a b"]) {
  Deno.test(`StarRegistry refuses the name ${JSON.stringify(name)}`, () => {
    using grid = new TemporaryGrid();
    assert.throws(() => grid.addStar({ name }), { code: "invalid" });
    assert.throws(() => grid.addStar({ constellation: name }), { code: "invalid" });
    const { id } = grid.addStar();
    assert.throws(() => grid.store.stars.rename(id, name), { code: "invalid" });
    assert.equal(grid.store.stars.list().length, 1);
  });
}

Deno.test("StarRegistry renames, but not to a name that another has", () => {
  using grid = new TemporaryGrid();
  const { stars } = grid.store;
  const [first, second] = [grid.addStar(), grid.addStar()];
  assert.equal(stars.rename(first.id, "vault").name, "vault");
  assert.equal(stars.rename(first.id, "vault").name, "vault");
  assert.throws(() => stars.rename(second.id, "vault"), { code: "conflict" });
  assert.throws(() => stars.rename(createStarId(), "x"), { code: "not_found" });
  assert.deepEqual(names(stars.list()), ["nas-2", "vault"]);
});

type Move = "approve" | "drain" | "resume" | "revoke" | "remove";
const MOVES: Record<Move, Star["standing"][]> = {
  approve: ["pending"],
  drain: ["active"],
  resume: ["draining"],
  revoke: ["pending", "active", "draining"],
  remove: ["revoked"],
};
const WAYS: Record<Star["standing"], Move[]> = {
  pending: [],
  active: ["approve"],
  draining: ["approve", "drain"],
  revoked: ["revoke"],
};
for (const [standing, way] of Object.entries(WAYS)) {
  for (const [move, from] of Object.entries(MOVES) as [Move, Star["standing"][]][]) {
    const isAllowed = from.includes(standing as Star["standing"]);
    Deno.test(`${move} of a Star that is ${standing} is ${isAllowed ? "done" : "a conflict"}`, () => {
      using grid = new TemporaryGrid();
      const { stars } = grid.store;
      const { id } = grid.addStar({ isApproved: false });
      for (const step of way) stars[step](id);
      assert.equal(stars.byId(id)!.standing, standing);
      if (isAllowed) stars[move](id);
      else assert.throws(() => stars[move](id), { code: "conflict", message: /"nas": it is/ });
      const after = grid.reopen().stars.byId(id)?.standing;
      const expected = { approve: "active", drain: "draining", resume: "active" };
      if (!isAllowed) assert.equal(after, standing);
      else if (move === "remove") assert.equal(after, undefined);
      else assert.equal(after, move === "revoke" ? "revoked" : expected[move]);
    });
  }
}

Deno.test("StarRegistry refuses every certificate of a revoked Star, after restarts and its removal, until it ends", async () => {
  using grid = new TemporaryGrid();
  const { id, certificate: first } = grid.addStar();
  const other = grid.addStar();
  await grid.clock.advance(16 * 3600_000);
  const second = certificate(grid.clock.now());
  grid.store.stars.setCertificate(id, second);
  assert.deepEqual(grid.store.stars.byId(id)!.certificate, second);
  assert.equal(grid.store.stars.isRevoked(first!.serial), false);
  grid.store.stars.revoke(id);
  grid.store.stars.remove(id);
  const { stars } = grid.reopen();
  const isRevoked = () =>
    [first!, second, other.certificate!].map(({ serial }) => stars.isRevoked(serial));
  assert.deepEqual(isRevoked(), [true, true, false]);
  assert.deepEqual(
    stars.revokedCertificates(),
    [first!, second].map((issued) => ({
      ...{ ...issued, starId: id, revokedAtMs: grid.clock.now() },
    })),
  );
  await grid.clock.advance(9 * 3600_000);
  assert.deepEqual(stars.revokedCertificates().map(({ serial }) => serial), [second.serial]);
  await grid.clock.advance(8 * 24 * 3600_000);
  grid.store.prune();
  assert.deepEqual(isRevoked(), [false, false, false], "forgotten, long after their ends");
});

Deno.test("StarRegistry.list goes by name, page by page, by status and constellation", () => {
  using grid = new TemporaryGrid();
  const { stars } = grid.store;
  for (let i = 0; i < 25; i++) {
    const name = `s${String(i).padStart(2, "0")}`;
    const star = grid.addStar({
      name,
      constellation: i % 5 ? "default" : "moon",
      isApproved: i % 3 > 0,
    });
    if (i % 2) stars.noteHello(star.id, HELLO);
    if (i === 24) stars.revoke(star.id);
  }
  const expected = (keep: (i: number) => boolean) =>
    Array.from({ length: 25 }, (_, i) => i).filter(keep).map((i) =>
      `s${String(i).padStart(2, "0")}`
    );
  const paged = (filter: Parameters<typeof stars.list>[0]) => {
    const found: string[] = [];
    for (let page = stars.list({ ...filter, limit: 3 }); page.length > 0;) {
      found.push(...names(page));
      page = stars.list({ ...filter, limit: 3, after: found.at(-1) });
    }
    return found;
  };
  assert.deepEqual(paged({}), expected(() => true));
  assert.deepEqual(paged({ status: "online" }), expected((i) => i % 3 > 0 && i % 2 === 1));
  assert.deepEqual(paged({ status: "offline" }), expected((i) => i % 3 > 0 && i % 2 === 0));
  assert.deepEqual(paged({ status: "pending" }), expected((i) => i % 3 === 0 && i !== 24));
  assert.deepEqual(paged({ status: "revoked" }), ["s24"]);
  assert.deepEqual(paged({ constellations: ["moon", "none"] }), expected((i) => i % 5 === 0));
  assert.deepEqual(paged({ constellations: [] }), []);
  assert.deepEqual(stars.counts(), { pending: 8, online: 8, offline: 8, draining: 0, revoked: 1 });
  for (const limit of [0, 1001, NaN]) {
    assert.throws(() => stars.list({ limit }), { code: "invalid" });
  }
});

Deno.test("a Star is online from its hello until it is gone, or unheard of for 14 s", async () => {
  using grid = new TemporaryGrid();
  const { stars } = grid.store;
  const { id } = grid.addStar();
  const status = () => stars.byId(id)!.status;
  assert.equal(status(), "offline");
  const first = stars.noteHello(id, HELLO);
  assert.equal(status(), "online");
  assert.deepEqual(stars.byId(id)!.roots, HELLO.roots);
  assert.deepEqual(stars.byId(id)!.walls, HELLO.walls);
  await grid.clock.advance(13_999);
  assert.equal(status(), "online");
  assert.equal(stars.noteHeartbeat(id, first, heartbeat(7)), true);
  await grid.clock.advance(14_000);
  assert.equal(status(), "offline");
  assert.equal(stars.noteHeartbeat(id, first, heartbeat(8)), true);
  assert.equal(status(), "online");

  const second = stars.noteHello(id, HELLO);
  assert.equal(stars.noteHeartbeat(id, first, heartbeat(99)), false, "another took its place");
  stars.noteGone(id, first);
  assert.equal(status(), "online");
  assert.equal(stars.byId(id)!.heartbeat!.cpuPercent, 8);
  stars.noteGone(id, second);
  assert.equal(status(), "offline");
  assert.equal(stars.noteHeartbeat(id, second, heartbeat(9)), false, "it is gone");
});

Deno.test("a revoked Star's heartbeats are refused, and so is its hello", () => {
  using grid = new TemporaryGrid();
  const { stars } = grid.store;
  const { id } = grid.addStar();
  const connection = stars.noteHello(id, HELLO);
  stars.revoke(id);
  assert.equal(stars.noteHeartbeat(id, connection, heartbeat(1)), false);
  assert.equal(stars.isConnected(id), false);
  assert.throws(() => stars.noteHello(id, HELLO), { code: "denied" });
  assert.throws(() => stars.noteHello(createStarId(), HELLO), { code: "not_found" });
});

Deno.test("heartbeats are in the database once they were flushed, and then survive the process", async () => {
  using grid = new TemporaryGrid();
  const { id } = grid.addStar();
  const connection = grid.store.stars.noteHello(id, HELLO);
  await grid.clock.advance(5000);
  grid.store.stars.noteHeartbeat(id, connection, heartbeat(42));
  const heardAtMs = grid.clock.now();
  grid.store.flush();
  const star = grid.reopen().stars.byId(id)!;
  assert.deepEqual(star.heartbeat, heartbeat(42));
  assert.equal(star.lastHeartbeatAtMs, heardAtMs);
  assert.equal(star.status, "offline", "nobody is connected to a new process");
});
