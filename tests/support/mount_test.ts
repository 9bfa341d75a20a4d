import assert from "node:assert/strict";
import { mountTmpfs, remount } from "./mount.ts";
import { makeTempDirectory } from "./temp.ts";

const canMount = (() => {
  using mounted = mountTmpfs({ sizeBytes: 65_536 });
  return mounted !== null;
})();

Deno.test({
  name: "mountTmpfs gives a file system that fills up and vanishes",
  ignore: !canMount,
  fn() {
    let path: string;
    {
      using mounted = mountTmpfs({ sizeBytes: 65_536, inodes: 20 })!;
      path = mounted.path;
      const tooMuch = new Uint8Array(100_000);
      assert.throws(() => Deno.writeFileSync(`${path}/file`, tooMuch), /No space left/);
      remount(path, "ro");
      assert.throws(() => Deno.writeFileSync(`${path}/other`, tooMuch), /Read-only file system/);
    }
    assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
  },
});

Deno.test("makeTempDirectory removes folders that can't be read", () => {
  using outer = makeTempDirectory();
  const path = (() => {
    using inner = makeTempDirectory();
    Deno.mkdirSync(`${inner.path}/a/b`, { recursive: true });
    Deno.chmodSync(`${inner.path}/a`, 0);
    return inner.path;
  })();
  assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
  assert.ok(Deno.statSync(outer.path).isDirectory);
});
