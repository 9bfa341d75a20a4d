/** Files and disks that are in the way of a sync from Star to Star: told by name, nothing is lost. */
import assert from "node:assert/strict";
import { findStaged, lookAt } from "../faults/bed.ts";
import { mountTmpfs } from "../support/mount.ts";
import { TwoStars } from "./two_stars.ts";

const NOISE = new Uint8Array(1 << 20).map((_, at) => Math.imul(at, 2654435761) >>> 13);

function writeNoise(path: string, mebibytes: number): void {
  using file = Deno.createSync(path);
  for (let at = 0; at < mebibytes; at++) file.writeSync(NOISE);
}

/** Failed items of a job, as `path: message`. */
async function failures(grid: TwoStars, id: string): Promise<string[]> {
  const { items } = await grid.json(`/jobs/${id}/items?state=failed&limit=1000`);
  return items.map((item: unknown) => JSON.stringify(item));
}

Deno.test("a large file that changes while it is sent is never half old and half new", async () => {
  await using grid = await TwoStars.start();
  const { from, to } = grid;
  Deno.mkdirSync(from.path("tree"));
  writeNoise(from.path("tree/large"), 128);
  const id = await grid.sync({ options: { bytesPerSecond: 64 << 20 } });
  const begun = async () => (await grid.job(id)).progress?.written > 0 || undefined;
  await grid.until(begun, "some of it is there");
  {
    using file = Deno.openSync(from.path("tree/large"), { write: true });
    file.writeSync(new Uint8Array(1000).fill(1));
    file.seekSync(-1000, Deno.SeekMode.End);
    file.writeSync(new Uint8Array(1000).fill(2));
  }
  const job = await grid.over(id);
  assert.equal(job.state, "succeeded", JSON.stringify(job));
  assert.deepEqual(lookAt(to.path("tree")), lookAt(from.path("tree")));
  assert.deepEqual(findStaged(to.files), []);
});

Deno.test("a full disk at the destination is told by name, and leaves nothing behind", async (t) => {
  await using grid = await TwoStars.start();
  const { from, to } = grid;
  await to.kill();
  Deno.mkdirSync(to.path("full"));
  using small = mountTmpfs({ sizeBytes: 8 << 20 });
  if (small === null) return void await t.step({ name: "no mounts", ignore: true, fn() {} });
  Deno.mkdirSync(from.path("tree"));
  writeNoise(from.path("tree/fits"), 2);
  writeNoise(from.path("tree/large"), 70);
  writeNoise(from.path("tree/wide"), 20);
  await to.start([`--allow=${small.path}`]);
  const destination = { star: "to", path: small.path };
  const id = await grid.sync({ destination });
  assert.equal((await grid.over(id)).state, "partial");
  const failed = await failures(grid, id);
  assert.equal(failed.length, 2, failed.join("\n"));
  assert(failed.every((text) => /ENOSPC|no space/i.test(text)), failed.join("\n"));
  assert.deepEqual(findStaged(small.path), []);
  assert.deepEqual([...Deno.readDirSync(small.path)].map(({ name }) => name), ["fits"]);
});

Deno.test("a destination directory that becomes a link leads nowhere", async () => {
  await using grid = await TwoStars.start();
  const { from, to, folder } = grid;
  const outside = `${folder}/outside`;
  Deno.mkdirSync(outside);
  Deno.utimeSync(outside, 1e9, 1e9);
  const before = Deno.statSync(outside);
  Deno.mkdirSync(from.path("tree/sub"), { recursive: true });
  Deno.chmodSync(from.path("tree/sub"), 0o700);
  writeNoise(from.path("tree/a"), 30);
  writeNoise(from.path("tree/sub/b"), 1);
  Deno.mkdirSync(to.path("tree/sub"), { recursive: true });
  const id = await grid.sync({ options: { bytesPerSecond: 16 << 20 } });
  Deno.removeSync(to.path("tree/sub"), { recursive: true });
  Deno.symlinkSync(outside, to.path("tree/sub"));
  await grid.over(id);
  assert.deepEqual([...Deno.readDirSync(outside)], []);
  const { mtime, mode } = Deno.statSync(outside);
  assert.deepEqual([mtime, mode], [before.mtime, before.mode]);
  assert.deepEqual(findStaged(to.files), []);
});

Deno.test("what the source's Star may not read is named, and all else goes on", async () => {
  await using grid = await TwoStars.start();
  const { from, to, folder } = grid;
  Deno.mkdirSync(from.path("tree"));
  Deno.writeTextFileSync(`${folder}/secret`, "secret");
  // Root reads everything: links that are followed out of the Star's directories do as well.
  for (let at = 0; at < 300; at++) {
    if (at % 30 === 0) Deno.symlinkSync(`${folder}/secret`, from.path(`tree/out ${at}`));
    else Deno.writeTextFileSync(from.path(`tree/in ${at}`), `${at}`);
  }
  const id = await grid.sync({ options: { followLinks: true } });
  const job = await grid.over(id);
  assert.equal(job.state, "partial", JSON.stringify(job));
  const arrived = [...Deno.readDirSync(to.path("tree"))].map(({ name }) => name);
  assert.deepEqual([arrived.length, arrived.filter((name) => name.startsWith("out"))], [290, []]);
  assert.match(job.error.message, /^10 could not be synced; the first: .*out /);
});
