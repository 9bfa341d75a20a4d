import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { foldsCase, refuseCollisions } from "./collisions.ts";
import { openTestBed, prepareOn, requestFor, type TestBed, writeFile } from "./test_bed.ts";

async function refusalOf(bed: TestBed): Promise<OrbitError | undefined> {
  // Names that collide can only be made on a disk that keeps them apart.
  const { sync } = prepareOn(bed, requestFor());
  return await refuseCollisions({ ...sync, foldsCase: true }, bed.services).then(
    () => undefined,
    (error) => error as OrbitError,
  );
}

Deno.test("foldsCase tells a disk where case counts from one where it doesn't", async () => {
  await using exact = await openTestBed();
  assert.equal(foldsCase(exact.disk, "/destination"), false);
  assert.equal(prepareOn(exact, requestFor()).sync.foldsCase, false);
  await using folding = await openTestBed({ caseInsensitive: true });
  assert.equal(foldsCase(folding.disk, "/destination"), true);
  assert.equal(prepareOn(folding, requestFor()).sync.foldsCase, true);
});

Deno.test("foldsCase looks at what a directory holds when its own path has no letters", async () => {
  await using bed = await openTestBed({ caseInsensitive: true });
  using root = bed.disk.openTree("/");
  root.makeDirectory("1", 0o755);
  assert.equal(foldsCase(bed.disk, "/1"), false); // nothing tells
  root.makeDirectory("1/a", 0o755);
  assert.equal(foldsCase(bed.disk, "/1"), true);
});

Deno.test("refuseCollisions names every pair of a source, in each directory", async () => {
  await using bed = await openTestBed();
  bed.source.makeDirectory("d", 0o755);
  for (const name of ["Readme", "README", "d/caf\u00e9", "d/CAFE\u0301", "d/readme", "other"]) {
    writeFile(bed.source, name, "x");
  }
  const refusal = await refusalOf(bed);
  assert.equal(refusal?.code, "conflict");
  assert.match(refusal.message, /"README" and "Readme"/);
  assert.match(refusal.message, /"d\/CAFE\u0301" and "d\/caf\u00e9"/);
  assert.doesNotMatch(refusal.message, /"d\/readme"/);
});

Deno.test("refuseCollisions finds a name that the destination spells otherwise", async () => {
  await using bed = await openTestBed();
  writeFile(bed.source, "File", "x");
  writeFile(bed.destination, "file", "x");
  assert.match((await refusalOf(bed))!.message, /"File" and "file"/);
});

Deno.test("refuseCollisions lets equal names pass, also when they are normalised", async () => {
  await using bed = await openTestBed();
  writeFile(bed.source, "same", "x");
  writeFile(bed.destination, "same", "x");
  writeFile(bed.source, "caf\u00e9", "x");
  writeFile(bed.destination, "cafe\u0301", "x");
  assert.equal(await refusalOf(bed), undefined);
});

Deno.test("refuseCollisions doesn't look where case counts", async () => {
  await using bed = await openTestBed();
  writeFile(bed.source, "A", "x");
  writeFile(bed.source, "a", "x");
  await refuseCollisions(prepareOn(bed, requestFor()).sync, bed.services);
});
