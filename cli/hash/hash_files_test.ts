import assert from "node:assert/strict";
import { openBlake3, toHex } from "#core/hash/mod.ts";
import { encodeName } from "#core/names.ts";
import { FakeReading } from "../fake_reading.ts";
import { hashInOrder } from "./hash_files.ts";

Deno.test("hashInOrder gives a result for each file, in order, over several bases", async () => {
  const contents: Record<string, string> = {};
  for (let i = 0; i < 700; i++) contents[`/d${i % 3}/s/f${i}`] = "x".repeat(i);
  const reading = new FakeReading(contents);
  await using system = await reading.openSystem({ read: ["/"] });
  const files = Object.keys(contents).map((path) => ({
    base: path.slice(0, 3),
    name: path.slice(4),
  }));
  files.splice(300, 0, { base: "/d0", name: "absent" }, { base: "/d0", name: "s" }, files[5]);
  const blake3 = await openBlake3();
  let bytes = 0;
  const results = await Array.fromAsync(
    hashInOrder(system, files, { onBytes: (more) => bytes += more }),
  );
  assert.equal(results.length, files.length);
  assert.equal(results[300].error?.detail.errno, "ENOENT");
  assert(results[301].error !== undefined);
  results.forEach(({ hash }, i) => {
    if (i === 300 || i === 301) return;
    const content = encodeName(contents[`${files[i].base}/${files[i].name}`]);
    assert.equal(toHex(hash!), toHex(blake3.hash(content)));
  });
  assert.equal(bytes, results.reduce((sum, { size }) => sum + size, 0));
});
