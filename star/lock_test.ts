import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { isRunning, lockFolder } from "./lock.ts";

Deno.test("lockFolder lets one in at a time, and isRunning sees it", () => {
  const folder = Deno.makeTempDirSync();
  try {
    assert.equal(isRunning(folder), false);
    const lock = lockFolder(folder);
    assert.equal(isRunning(folder), true);
    assert.throws(
      () => lockFolder(folder),
      (error) => error instanceof OrbitError && error.code === "conflict",
    );
    lock[Symbol.dispose]();
    assert.equal(isRunning(folder), false);
    lockFolder(folder)[Symbol.dispose]();
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
