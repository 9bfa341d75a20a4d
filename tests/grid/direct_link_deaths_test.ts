/** Content on its way from Star to Star while somebody dies, or is put out. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { findStaged, lookAt } from "../faults/bed.ts";
import { type StarProgram, TwoStars } from "./two_stars.ts";

const LARGE_BYTES = 256 << 20;
/** The unit of going on, and how many are on their way at a time. */
const SEGMENT_BYTES = 32 << 20, LANES = 4;
const SAFE_BYTES = (LANES + 1) * SEGMENT_BYTES;
const FOLDERS = 10, FILES = 60;

/** One file, large enough that others can die in the middle of it. */
function makeLarge(star: StarProgram): void {
  Deno.mkdirSync(star.path("tree"));
  using large = Deno.createSync(star.path("tree/large"));
  const noise = crypto.getRandomValues(new Uint8Array(65_536));
  for (let at = 0; at < LARGE_BYTES; at += noise.length) large.writeSync(noise);
}

function makeSmall(star: StarProgram): void {
  for (let folder = 0; folder < FOLDERS; folder++) {
    Deno.mkdirSync(star.path(`tree/${folder}`), { recursive: true });
    for (let file = 0; file < FILES; file++) {
      const text = `${folder} ${file} `.repeat(file * 100);
      Deno.writeTextFileSync(star.path(`tree/${folder}/${file}`), text);
    }
  }
}

/** No file under its final name is anything but what the source has. */
function assertNothingPartial({ from, to }: TwoStars): void {
  if (!existsSync(to.path("tree"))) return;
  const sources = lookAt(from.path("tree"));
  for (const [path, { type, content }] of lookAt(to.path("tree"))) {
    const isStaged = path.split("/").some((name) => name.startsWith(".orbit-"));
    if (type === "f" && !isStaged) assert.equal(content, sources.get(path)?.content, path);
  }
}

function assertSame({ from, to }: TwoStars): void {
  assert.deepEqual(lookAt(to.path("tree")), lookAt(from.path("tree")));
  assert.deepEqual(findStaged(to.files), []);
}

function copied(job: { progress?: { written?: number } }): number {
  return job.progress?.written ?? 0;
}

const victims = {
  source: (grid: TwoStars) => [() => grid.from.kill(), () => grid.from.start()],
  destination: (grid: TwoStars) => [() => grid.to.kill(), () => grid.to.start()],
  Nucleus: (grid: TwoStars) => [() => grid.killNucleus(), () => grid.startNucleus()],
};

Deno.test("kill -9 of any of the three in the middle of a large file: it goes on from there", async (t) => {
  await using grid = await TwoStars.start();
  makeLarge(grid.from);
  for (const [name, victim] of Object.entries(victims)) {
    await t.step(name, async () => {
      const before = grid.from.counter!.bytes;
      const id = await grid.sync({ options: { bytesPerSecond: 96 << 20 } });
      const isThere = async () => copied(await grid.job(id)) >= SAFE_BYTES || undefined;
      await grid.until(isThere, "more of it is there than may be sent twice");
      const [kill, start] = victim(grid);
      await kill();
      if (name !== "destination") assert.throws(() => Deno.statSync(grid.to.path("tree/large")));
      assertNothingPartial(grid);
      await start();
      const job = await grid.over(id);
      assert.equal(job.state, "succeeded", JSON.stringify(job));
      const sent = grid.from.counter!.bytes - before;
      const most = LARGE_BYTES + LANES * SEGMENT_BYTES + (2 << 20);
      assert(sent < most, `${sent} bytes sent, of ${LARGE_BYTES}`);
      assertSame(grid);
      Deno.removeSync(grid.to.path("tree"), { recursive: true });
    });
  }
});

Deno.test("kill -9 of any of the three at any point of many files: equal trees, nothing left", async () => {
  await using grid = await TwoStars.start();
  makeSmall(grid.from);
  const all = Object.values(victims);
  const id = await grid.sync({ options: { bytesPerSecond: 4 << 20 } });
  for (let death = 0; death < 6; death++) {
    await new Promise((wait) => setTimeout(wait, Math.random() * 800));
    const [kill, start] = all[death % all.length](grid);
    await kill();
    assertNothingPartial(grid);
    await start();
  }
  const job = await grid.over(id);
  assert.equal(job.state, "succeeded", JSON.stringify(job));
  assertSame(grid);
});

for (const name of ["from", "to"] as const) {
  Deno.test(`revoking the Star ${name} in the middle ends the job, with nothing partial`, async () => {
    await using grid = await TwoStars.start();
    makeLarge(grid.from);
    const id = await grid.sync({ options: { bytesPerSecond: 32 << 20 } });
    await grid.until(async () => copied(await grid.job(id)) > 0 || undefined, "it has begun");
    const revoked = await grid.orbit("stars", "revoke", name);
    assert.equal(revoked.code, 0, revoked.stderr);
    const { state, error } = await grid.over(id);
    assert.equal(state, "failed");
    assert.match(error.message, new RegExp(`${name}.*revoked`));
    assert.throws(() => Deno.statSync(grid.to.path("tree/large")), Deno.errors.NotFound);
  });
}
