import assert from "node:assert/strict";
import { ApiBed } from "./fixture.ts";

Deno.test("stars are listed page by page, by status and constellation", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token("viewer");
  for (const name of ["c", "a", "e", "b", "d"]) {
    bed.star(name, { constellation: name < "c" ? "lab" : "home", isApproved: name !== "e" });
  }
  const names = async (query: string) => {
    const { body } = await bed.ask(`/stars${query}`, { as });
    return [body.stars.map(({ name }: { name: string }) => name).join(""), body.next];
  };
  assert.deepEqual(await names(""), ["abcde", undefined]);
  assert.deepEqual(await names("?limit=2"), ["ab", "b"]);
  assert.deepEqual(await names("?limit=2&after=b"), ["cd", "d"]);
  assert.deepEqual(await names("?limit=2&after=d"), ["e", undefined]);
  assert.deepEqual(await names("?status=pending"), ["e", undefined]);
  assert.deepEqual(await names("?constellation=lab"), ["ab", undefined]);
  assert.deepEqual(await names("?constellation=nowhere"), ["", undefined]);
});

Deno.test("a Star is found by name and by id, and a slip is noticed", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token("viewer");
  const { id } = bed.star("nas-2");
  for (const text of ["nas-2", id, id.toUpperCase()]) {
    assert.equal((await bed.ask(`/stars/${text}`, { as })).body.star.id, id);
  }
  const unknown = await bed.ask("/stars/nas-3", { as });
  assert.equal(unknown.status, 404);
  assert.equal(unknown.body.error.message, 'no Star "nas-3"; did you mean "nas-2"?');
  assert.equal((await bed.ask("/stars/zebra", { as })).body.error.message, 'no Star "zebra"');
  const { body, status } = await bed.ask(`/stars/${"x".repeat(5000)}`, { as });
  assert.equal(status, 404);
  assert.ok(body.error.message.length < 200);
});

Deno.test("decisions on Stars are made once, told, and audited with who made them", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token();
  const { id } = bed.star("nas", { isApproved: false });
  const post = (path: string, body: unknown = {}) => bed.ask(`/stars/${path}`, { as, body });
  const steps: [path: string, status: string][] = [
    ["nas/approve", "offline"],
    ["nas/drain", "draining"],
    ["nas/resume", "offline"],
    [`${id}/revoke`, "revoked"],
  ];
  for (const [path, status] of steps) {
    assert.equal((await post(path)).body.star.status, status, path);
    const again = await post(path);
    assert.equal(again.status, 409);
    assert.match(again.body.error.message, /Star "nas": it is/);
  }
  const renamed = await post("nas/rename", { name: "old-nas" });
  assert.equal(renamed.body.star.name, "old-nas");
  assert.equal((await bed.ask("/stars/old-nas", { as, method: "DELETE" })).status, 200);
  assert.equal((await bed.ask("/stars/old-nas", { as })).status, 404);
  const told = bed.adoption.events.map(({ kind }) => kind);
  assert.deepEqual(told, ["approved", "draining", "resumed", "revoked", "renamed", "removed"]);
  const allowed = bed.store.audit.list({ target: id, outcome: "allowed" });
  assert.deepEqual(allowed.map(({ action }) => action), [
    ...["star.remove", "star.rename", "star.revoke", "star.resume", "star.drain", "star.approve"],
  ]);
  for (const { actor } of allowed) assert.equal(actor.id, as.split("_")[1]);
  const refused = bed.store.audit.list({ outcome: "refused" });
  assert.equal(refused.length, 4);
});

Deno.test("a Star that isn't revoked can't be removed, and a taken name not given", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token();
  bed.star("a"), bed.star("b");
  assert.equal((await bed.ask("/stars/a", { as, method: "DELETE" })).status, 409);
  const taken = await bed.ask("/stars/a/rename", { as, body: { name: "b" } });
  assert.equal(taken.status, 409);
  const bad = await bed.ask("/stars/a/rename", { as, body: { name: "../b" } });
  assert.equal(bad.status, 400);
  assert.equal((await bed.ask("/stars/a/rename", { as, body: {} })).status, 400);
});

Deno.test("Stars of other constellations are as if they weren't there", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token("admin", { constellations: ["lab"] });
  bed.star("mine", { constellation: "lab" });
  const { id } = bed.star("mint", { constellation: "home" });
  const listed = (await bed.ask("/stars", { as })).body.stars;
  assert.deepEqual(listed.map(({ name }: { name: string }) => name), ["mine"]);
  assert.deepEqual((await bed.ask("/stars?constellation=home", { as })).body.stars, []);
  const hidden = await bed.ask("/stars/mint", { as });
  assert.equal(hidden.body.error.message, 'no Star "mint"; did you mean "mine"?');
  const byId = await bed.ask(`/stars/${id}`, { as });
  const nobody = await bed.ask("/stars/11111111-1111-4111-8111-111111111111", { as });
  assert.deepEqual([byId.status, nobody.status], [404, 404]);
  assert.equal((await bed.ask("/stars/mint/revoke", { as, body: {} })).status, 404);
  assert.equal(bed.store.stars.byId(id)!.standing, "active");
});
