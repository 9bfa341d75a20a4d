import assert from "node:assert/strict";
import fc from "fast-check";
import { splitLines } from "./lines.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function lines(pieces: string[], maxBytes = 100): (string | null)[] {
  const found: (string | null)[] = [];
  for (const line of splitLines(pieces.map((piece) => encoder.encode(piece)), maxBytes)) {
    found.push(line && decoder.decode(line));
  }
  return found;
}

Deno.test("splitLines doesn't depend on how the stream is cut", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 40 });
  fc.assert(fc.property(text, fc.array(fc.nat(40), { maxLength: 5 }), (whole, at) => {
    const cuts = [...at].sort((a, b) => a - b);
    const pieces = [0, ...cuts].map((from, i) => whole.slice(from, cuts[i] ?? whole.length));
    const expected = whole.split("\n");
    if (expected.at(-1) === "") expected.pop();
    assert.deepEqual(lines(pieces), expected);
  }));
});

Deno.test("splitLines skips a line that is too long and goes on", () => {
  assert.deepEqual(lines(["abcd", "ef\ngh\n", "12345\n123456"], 5), [null, "gh", "12345", null]);
});
