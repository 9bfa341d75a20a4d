import assert from "node:assert/strict";
import fc from "fast-check";
import { type NewStep, sortSteps, stepsBehind } from "./graph.ts";

/** Random graphs whose edges go from lower to higher numbers, in any order. */
const graphs: fc.Arbitrary<NewStep[]> = fc.integer({ min: 1, max: 8 }).chain((size) =>
  fc.tuple(
    ...Array.from({ length: size }, (_, i) =>
      fc.subarray(Array.from({ length: i }, (_, j) =>
        `s${j}`))
        .map((after) => ({ name: `s${i}`, after }))),
  ).chain((steps) =>
    fc.shuffledSubarray(steps, { minLength: size, maxLength: size })
  )
);

Deno.test("sortSteps puts every step behind those it waits for", () => {
  fc.assert(fc.property(graphs, (steps) => {
    const sorted = sortSteps(steps).map((step) => step.name);
    assert.deepEqual([...sorted].sort(), steps.map((step) => step.name).sort());
    for (const { name, after = [] } of steps) {
      for (const other of after) assert.ok(sorted.indexOf(other) < sorted.indexOf(name));
    }
  }));
});

Deno.test("sortSteps refuses a graph once an edge closes a cycle", () => {
  fc.assert(fc.property(graphs, fc.nat(), (steps, pick) => {
    const edges = steps.flatMap(({ name, after = [] }) => after.map((other) => [other, name]));
    const [from, to] = edges.length > 0 ? edges[pick % edges.length] : ["s0", "s0"];
    const cyclic = steps.map((step) =>
      step.name === from ? { ...step, after: [...step.after ?? [], to] } : step
    );
    assert.throws(() => sortSteps(cyclic), { code: "invalid", message: /cycle/ });
  }));
});

const refused: [string, NewStep[]][] = [
  ["no steps", []],
  ["a name used twice", [{ name: "a" }, { name: "a" }]],
  ["an unknown name", [{ name: "a", after: ["b"] }]],
  ["an empty name", [{ name: "" }]],
  ["a name with odd characters", [{ name: "a/b" }]],
  ["too many steps", Array.from({ length: 257 }, (_, i) => ({ name: `s${i}` }))],
];
for (const [what, steps] of refused) {
  Deno.test(`sortSteps refuses ${what}`, () => {
    assert.throws(() => sortSteps(steps), { code: "invalid" });
  });
}

Deno.test("stepsBehind finds direct and indirect followers only", () => {
  const steps = [
    { name: "a" },
    { name: "b", after: ["a"] },
    { name: "c", after: ["b"] },
    { name: "d" },
  ];
  assert.deepEqual([...stepsBehind(steps, ["a"])].sort(), ["b", "c"]);
  assert.deepEqual([...stepsBehind(steps, ["c", "d"])], []);
});
