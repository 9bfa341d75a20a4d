import assert from "node:assert/strict";
import fc from "fast-check";
import { createJobId, type JobId, parseJobId } from "./job_id.ts";

const time = fc.integer({ min: 0, max: 2 ** 42 - 2 });
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

Deno.test("createJobId sorts by time, has 12 characters and is read back as it is", () => {
  fc.assert(fc.property(time, time, chance, chance, (a, b, x, y) => {
    fc.pre(a < b);
    const [first, second] = [createJobId(a, () => x), createJobId(b, () => y)];
    assert.ok(first < second);
    assert.match(first, /^[0-9a-hjkmnp-tv-z]{12}$/);
    assert.equal(parseJobId(first), first);
  }));
});

Deno.test("createJobId sorts behind the newest id when the clock stands or goes back", () => {
  fc.assert(fc.property(time, time, chance, chance, (a, b, x, y) => {
    const newest = createJobId(a, () => x);
    assert.ok(createJobId(b, () => y, newest) > newest);
  }));
});

Deno.test("parseJobId forgives case and look-alikes", () => {
  assert.equal(parseJobId(" 01OIL23456zZ\n"), "0101123456zz");
});

for (
  const text of ["", "short", "0123456789abc", "0123456789a!", "u23456789abc", "ｅ23456789abc"]
) {
  Deno.test(`parseJobId refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseJobId(text), { code: "invalid" });
  });
}

Deno.test("createJobId gives different ids for different random numbers", () => {
  const ids = new Set<JobId>();
  for (let i = 0; i < 1000; i++) ids.add(createJobId(5, () => i / 1000));
  assert.equal(ids.size, 1000);
});
