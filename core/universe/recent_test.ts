import assert from "node:assert/strict";
import { Recent } from "./recent.ts";

Deno.test("Recent keeps what is used, forgets what isn't, and is bounded", () => {
  const recent = new Recent<string>(10);
  for (let key = 0; key < 1000; key++) {
    recent.set(key, `${key}`);
    assert.equal(recent.get(0), "0", `after ${key}`);
  }
  const kept = Array.from({ length: 1000 }, (_, key) => recent.get(key)).filter(Boolean);
  assert.ok(kept.length >= 10 && kept.length <= 20, `${kept.length} kept`);
});

Deno.test("Recent.delete and clear forget both generations", () => {
  const recent = new Recent<number>(2);
  for (const key of [1, 2, 3]) recent.set(key, key);
  recent.delete(1);
  recent.delete(3);
  assert.deepEqual([recent.get(1), recent.get(2), recent.get(3)], [undefined, 2, undefined]);
  recent.clear();
  assert.equal(recent.get(2), undefined);
});
