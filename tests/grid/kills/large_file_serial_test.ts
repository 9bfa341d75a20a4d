/** A file of 1 GiB on its way from Star to Star, half of it there, when one of the three dies. */
import assert from "node:assert/strict";
import { findStaged, lookAt } from "../../faults/bed.ts";
import { TwoStars } from "../two_stars.ts";
import { VICTIMS, victimsOf } from "./victims.ts";
import { Watcher } from "./watcher.ts";

const BYTES = 2 ** 30;
/** Slow enough for a death at half of it, whatever the machine is busy with. */
const BYTES_PER_SECOND = 256 << 20;

function makeLarge({ from }: TwoStars): void {
  Deno.mkdirSync(from.path("tree"));
  using large = Deno.createSync(from.path("tree/large"));
  const noise = new Uint8Array(65_536);
  for (let at = 0; at < BYTES; at += noise.length) {
    large.writeSync(crypto.getRandomValues(noise));
  }
}

Deno.test("kill -9 of any of the three at half of 1 GiB: at most a tenth is sent twice", async (t) => {
  await using grid = await TwoStars.start();
  const { from, to } = grid;
  makeLarge(grid);
  for (const name of VICTIMS) {
    await t.step(name, async () => {
      const before = from.counter!.bytes;
      const watcher = new Watcher(to.path("tree"), from.path("tree"));
      const id = await grid.sync({ options: { bytesPerSecond: BYTES_PER_SECOND } });
      const isHalf = async () => (await grid.job(id)).progress?.written >= BYTES / 2 || undefined;
      await grid.until(isHalf, "half of it is there");
      const victim = victimsOf(grid)[name];
      await victim.kill();
      watcher.look();
      await victim.start();
      const job = await grid.until(async () => {
        watcher.look();
        const job = await grid.job(id);
        return job.finishedAtMs > 0 ? job : undefined;
      }, "the job is over");
      assert.equal(job.state, "succeeded", JSON.stringify(job));
      const sent = from.counter!.bytes - before;
      assert(sent >= BYTES && sent <= BYTES * 1.1, `${sent} bytes sent, of ${BYTES}`);
      assert.deepEqual(lookAt(to.path("tree")), lookAt(from.path("tree")));
      assert.deepEqual(findStaged(to.files), []);
      Deno.removeSync(to.path("tree"), { recursive: true });
    });
  }
});
