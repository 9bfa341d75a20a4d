import assert from "node:assert/strict";
import { createTar, PACKED_TIME_S, type PackedFile } from "./tar.ts";

const file = (path: string, length: number, mode = 0o400): PackedFile => ({
  path,
  mode,
  bytes: new Uint8Array(length).fill(120),
});

Deno.test("createTar makes what tar unpacks, with modes and times", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const files = [file("b/run", 513, 0o500), file("empty", 0), file("b/full", 512)];
    Deno.writeFileSync(`${folder}/archive`, createTar(files));
    const { success } = await new Deno.Command("tar", {
      args: ["-xf", "archive"],
      cwd: folder,
    }).output();
    assert.ok(success);
    for (const { path, mode, bytes } of files) {
      const facts = Deno.statSync(`${folder}/${path}`);
      assert.deepEqual([facts.size, facts.mode! & 0o777], [bytes.length, mode], path);
      assert.equal(facts.mtime?.getTime(), PACKED_TIME_S * 1000);
      assert.deepEqual(Deno.readFileSync(`${folder}/${path}`), bytes);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("createTar doesn't depend on the order of the files", () => {
  const [a, b] = [file("a", 3), file("b", 4)];
  assert.deepEqual(createTar([a, b]), createTar([b, a]));
});

Deno.test("createTar refuses names that it can't hold", () => {
  for (const path of ["", "ä", "a b", "x".repeat(101)]) {
    assert.throws(() => createTar([file(path, 1)]), /no name for an archive/);
  }
});
