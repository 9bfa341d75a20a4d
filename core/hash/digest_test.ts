import assert from "node:assert/strict";
import fc from "fast-check";
import { OrbitError } from "#core/errors.ts";
import { equalBytes, fromHex, toHex } from "./mod.ts";

Deno.test("fromHex inverts toHex for any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    assert.deepEqual(fromHex(toHex(bytes)), bytes);
    assert.deepEqual(fromHex(toHex(bytes), bytes.length), bytes);
  }));
});

for (const text of ["a", "AB", "0x", "g0", " 00", "00\n", "0 ", "é0", "-1"]) {
  Deno.test(`fromHex refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => fromHex(text), (e) => e instanceof OrbitError && e.code === "invalid");
  });
}

Deno.test("fromHex refuses another length than asked for", () => {
  assert.throws(() => fromHex("0011", 1), OrbitError);
  assert.throws(() => fromHex("", 32), OrbitError);
});

Deno.test("equalBytes compares content and length", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  assert.ok(equalBytes(bytes, Uint8Array.of(0, 1, 2, 3).subarray(1)));
  assert.ok(equalBytes(new Uint8Array(0), new Uint8Array(0)));
  assert.ok(!equalBytes(bytes, Uint8Array.of(1, 2)));
  assert.ok(!equalBytes(bytes, Uint8Array.of(1, 2, 4)));
});
