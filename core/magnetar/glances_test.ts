import assert from "node:assert/strict";
import { Glances } from "./glances.ts";
import { noCounts } from "./item_row.ts";
import type { JobId } from "./mod.ts";

const ID = "job" as JobId;

/** A clock, and a count that takes ten milliseconds. */
function bench(items: number) {
  const at = { ms: 0, counted: 0 };
  const glances = new Glances(() => at.ms);
  const look = () =>
    glances.at(ID, () => {
      at.ms += 10;
      at.counted++;
      const counts = noCounts();
      counts.done.items = items + at.counted;
      return { one: counts };
    }).one.done.items - items;
  return { at, glances, look };
}

Deno.test("Glances counts a large job again when twenty times as long is over", () => {
  const { at, look } = bench(10_000);
  assert.equal(look(), 1);
  at.ms += 199;
  assert.equal(look(), 1);
  at.ms += 1;
  assert.equal(look(), 2);
});

Deno.test("Glances counts a small job whenever somebody looks", () => {
  const { look } = bench(100);
  assert.deepEqual([look(), look(), look()], [1, 2, 3]);
});

Deno.test("Glances counts a job anew once it was forgotten", () => {
  const { glances, look } = bench(10_000);
  assert.equal(look(), 1);
  glances.forget(ID);
  assert.equal(look(), 2);
});
