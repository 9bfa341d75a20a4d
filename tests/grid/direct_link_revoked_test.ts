/** Content on its way from Star to Star while one of the two is put out. */
import assert from "node:assert/strict";
import { Forger } from "./hostile_grants.ts";
import { TwoStars } from "./two_stars.ts";

const LARGE_BYTES = 256 << 20;

for (const name of ["from", "to"] as const) {
  Deno.test(`revoking the Star ${name} in the middle ends the job, with nothing partial`, async () => {
    await using grid = await TwoStars.start();
    const { from, to } = grid;
    Deno.mkdirSync(from.path("tree"));
    {
      using large = Deno.createSync(from.path("tree/large"));
      const noise = crypto.getRandomValues(new Uint8Array(65_536));
      for (let at = 0; at < LARGE_BYTES; at += noise.length) large.writeSync(noise);
    }
    const id = await grid.sync({ options: { bytesPerSecond: 32 << 20 } });
    const begun = async () => (await grid.job(id)).progress?.written > 0 || undefined;
    await grid.until(begun, "it has begun");
    const revoked = await grid.orbit("stars", "revoke", name);
    assert.equal(revoked.code, 0, revoked.stderr);
    const { state, error } = await grid.over(id);
    assert.equal(state, "failed");
    assert.match(error.message, new RegExp(`${name}.*revoked`));
    assert.throws(() => Deno.statSync(to.path("tree/large")), Deno.errors.NotFound);
  });
}

Deno.test("who has the key of a revoked Star is given nothing by the others, whatever grant it has", async () => {
  await using grid = await TwoStars.start();
  const { from } = grid;
  Deno.writeTextFileSync(from.path("file"), "for Stars alone");
  await using forger = await Forger.open(grid, "file");
  const grants: string[] = [];
  for (let i = 0; i < 3; i++) grants.push(await forger.sign());
  await forger.show(grants.pop()!);
  const revoked = await grid.orbit("stars", "revoke", "to");
  assert.equal(revoked.code, 0, revoked.stderr);
  const refused = { code: "denied", message: /was revoked/ };
  const isRefused = async () => {
    const error = await forger.show(await forger.sign()).catch((error: Error) => error);
    return error && /was revoked/.test(error.message) || undefined;
  };
  await grid.until(isRefused, "the source has heard of it");
  await assert.rejects(forger.show(grants.pop()!), refused);
  await from.kill();
  await from.start();
  await assert.rejects(forger.show(grants.pop()!), refused);
});
