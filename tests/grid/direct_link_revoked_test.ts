/** Content on its way from Star to Star while one of the two is put out. */
import assert from "node:assert/strict";
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
