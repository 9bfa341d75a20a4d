/** One file to another name: the destination is looked up by the new name, not by the old one. */
import assert from "node:assert/strict";
import { runOrbit } from "../support/run.ts";
import { makeTempDirectory } from "../support/temp.ts";

Deno.test("sync copies a file to another name in the same directory, and then leaves it alone", async () => {
  using temp = makeTempDirectory();
  const from = `${temp.path}/from`, to = `${temp.path}/to`;
  Deno.writeTextFileSync(from, "content");
  const first = await runOrbit(["sync", "-i", from, to], { home: temp.path });
  assert.equal(first.code, 0, first.stderr);
  assert.equal(Deno.readTextFileSync(to), "content");
  const again = await runOrbit(["sync", "-i", from, to], { home: temp.path });
  assert.deepEqual([again.code, again.stdout], [0, ""]);
});

Deno.test("sync compares a renamed file with what has its new name", async () => {
  using temp = makeTempDirectory();
  const from = `${temp.path}/from`, to = `${temp.path}/to`;
  Deno.writeTextFileSync(from, "older");
  Deno.writeTextFileSync(to, "newer, and longer");
  Deno.utimeSync(from, 1000, 1000);
  const skipped = await runOrbit(["sync", "-u", from, to], { home: temp.path });
  assert.equal(skipped.code, 0, skipped.stderr);
  assert.equal(Deno.readTextFileSync(to), "newer, and longer");
  const copied = await runOrbit(["sync", from, to], { home: temp.path });
  assert.equal(copied.code, 0, copied.stderr);
  assert.equal(Deno.readTextFileSync(to), "older");
});
