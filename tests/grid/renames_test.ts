/** Files that only changed their names are moved where they are, and not sent again. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { findStaged, lookAt } from "../faults/bed.ts";
import { TwoStars } from "./two_stars.ts";

const FOLDERS = 20, FILES = 100, FILE_BYTES = 4096;
const LARGE_MIB = 40, RANDOM_BYTES = LARGE_MIB * 65_536;

/** Small files in many folders, and a large one. */
function makeTree(base: string): void {
  const noise = crypto.getRandomValues(new Uint8Array(FILE_BYTES));
  for (let folder = 0; folder < FOLDERS; folder++) {
    const directory = join(base, "photos", `${folder}`);
    Deno.mkdirSync(directory, { recursive: true });
    for (let file = 0; file < FILES; file++) {
      noise.set([folder, file]);
      Deno.writeFileSync(join(directory, `${file}.jpg`), noise);
    }
  }
  using large = Deno.createSync(join(base, "photos/film"));
  const piece = new Uint8Array(1 << 20);
  for (let at = 0; at < LARGE_MIB; at++) {
    large.writeSync(crypto.getRandomValues(piece.subarray(0, 65_536)));
    large.writeSync(piece.subarray(65_536));
  }
}

Deno.test("a renamed tree goes from Star to Star without its content", async () => {
  await using grid = await TwoStars.start();
  const { from, to, counter } = grid;
  const source = from.path("tree"), destination = to.path("tree");
  makeTree(source);
  /** Returns the bytes that passed between the source and whoever dialled it. */
  const sync = async (options: object) => {
    from.counter!.bytes = counter.bytes = 0;
    const job = await grid.over(await grid.sync({ options }));
    assert.equal(job.state, "succeeded", JSON.stringify(job.error));
    assert.deepEqual(lookAt(destination), lookAt(source));
    assert.deepEqual(findStaged(to.files), []);
    return from.counter!.bytes;
  };
  assert(await sync({ delete: true }) > FOLDERS * FILES * FILE_BYTES);
  const inode = Deno.statSync(join(destination, "photos/film")).ino;

  Deno.renameSync(join(source, "photos"), join(source, "archive"));
  Deno.mkdirSync(join(source, "new"));
  Deno.renameSync(join(source, "archive/film"), join(source, "new/film"));
  const entries = FOLDERS * FILES, listings = 100_000 + entries * 200;
  const bytes = await sync({ delete: true });
  assert(bytes < listings, `${bytes} bytes to and from the source`);
  assert(counter.bytes < listings, `${counter.bytes} bytes by the Nucleus`);
  assert.equal(Deno.statSync(join(destination, "new/film")).ino, inode);

  // Back again, without looking for renames: all of it is sent.
  Deno.renameSync(join(source, "new/film"), join(source, "film"));
  assert(await sync({ delete: true, findRenames: false }) > RANDOM_BYTES);
});

Deno.test("a destination that dies amid renames has every file under a name of its own", async () => {
  await using grid = await TwoStars.start();
  const { from, to } = grid;
  const source = from.path("tree"), destination = to.path("tree");
  makeTree(source);
  const options = { delete: true };
  assert.equal((await grid.over(await grid.sync({ options }))).state, "succeeded");
  Deno.renameSync(join(source, "photos"), join(source, "archive"));
  const id = await grid.sync({ options });
  const isBegun = () => Promise.resolve(filesBelow(join(destination, "archive")) > 0 || undefined);
  await grid.until(isBegun, "renames have begun");
  await to.kill();
  assert(filesBelow(destination) >= FOLDERS * FILES + 1, "the only copy of a file is gone");
  await to.start();
  assert.equal((await grid.over(id)).state, "succeeded");
  assert.deepEqual(lookAt(destination), lookAt(source));
});

/** How many files lie beneath a directory, if it is there. */
function filesBelow(path: string): number {
  let count = 0;
  try {
    for (const { name, isFile, isDirectory } of Deno.readDirSync(path)) {
      if (isFile) count++;
      else if (isDirectory) count += filesBelow(join(path, name));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return count;
}
