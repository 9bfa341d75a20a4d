import assert from "node:assert/strict";
import fc from "fast-check";
import { canonicalJson, type JsonValue } from "./canonical_json.ts";

Deno.test("canonicalJson sorts names, leaves out what is undefined, and adds no space", () => {
  const value = { b: [1, { d: null, c: "é\n" }], a: undefined, "": true, B: -0.5 };
  assert.equal(canonicalJson(value), '{"":true,"B":-0.5,"b":[1,{"c":"é\\n","d":null}]}');
});

Deno.test("canonicalJson writes lone surrogates as escapes", () => {
  assert.equal(canonicalJson("\ud800"), '"\\ud800"');
});

Deno.test("canonicalJson refuses numbers that JSON can't say", () => {
  for (const value of [NaN, Infinity]) {
    assert.throws(() => canonicalJson([value]), { code: "invalid" });
  }
});

Deno.test("canonicalJson gives equal values one text, whatever the order of their names", () => {
  const reversed = (value: JsonValue): JsonValue => {
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map(reversed);
    const members = Object.entries(value) as [string, JsonValue][];
    return Object.fromEntries(members.reverse().map(([name, member]) => [name, reversed(member)]));
  };
  const key = fc.stringMatching(/^[a-z]{1,4}$/);
  fc.assert(
    fc.property(fc.jsonValue({ depthSize: "small" }), fc.dictionary(key, fc.nat()), (a, b) => {
      const value = { a: a as JsonValue, b };
      const text = canonicalJson(value);
      assert.equal(canonicalJson(reversed(value)), text);
      assert.deepEqual(canonicalJson(b), canonicalJson(JSON.parse(canonicalJson(b))));
    }),
  );
});
