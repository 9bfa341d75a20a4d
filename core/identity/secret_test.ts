import assert from "node:assert/strict";
import { inspect } from "node:util";
import { Secret } from "./secret.ts";

const TEXT = "correct horse battery staple";
const secret = new Secret(TEXT);

const shown: [how: string, show: (value: unknown) => string][] = [
  ["String", (value) => String(value)],
  ["a template", (value) => `${value}`],
  ["adding it to text", (value) => "" + value],
  ["JSON", (value) => JSON.stringify(value)],
  ["Deno.inspect", (value) => Deno.inspect(value, { depth: 9, showHidden: true } as object)],
  ["node's inspect", (value) => inspect(value, { depth: 9, showHidden: true })],
  ["its own keys", (value) => JSON.stringify(Reflect.ownKeys(value as object).map(String))],
  ["a copy by spreading", (value) => inspect({ ...(value as object) }, { showHidden: true })],
  ["an error's message", (value) => new Error(value as string).message],
];
for (const [how, show] of shown) {
  Deno.test(`Secret isn't shown by ${how}`, () => {
    for (const value of [secret, { nested: [secret] }, new Map([["key", secret]])]) {
      assert.ok(!show(value).includes("horse"), show(value));
    }
  });
}

Deno.test("Secret reads [secret] wherever it would show", () => {
  assert.equal(`${secret}`, "[secret]");
  assert.equal(JSON.stringify({ secret }), '{"secret":"[secret]"}');
  assert.equal(Deno.inspect({ secret }), "{ secret: [secret] }");
  assert.equal(inspect({ secret }), "{ secret: [secret] }");
});

Deno.test("Secret doesn't cross a message with its text", () => {
  assert.ok(!inspect(structuredClone({ secret }), { showHidden: true }).includes("horse"));
});

Deno.test("Secret.reveal gives the text, and matches only it", () => {
  assert.equal(secret.reveal(), TEXT);
  assert.ok(secret.matches(TEXT));
  assert.ok(secret.matches(new Secret(TEXT)));
  for (const other of ["", TEXT + "r", TEXT.slice(1), TEXT.toUpperCase(), "[secret]"]) {
    assert.ok(!secret.matches(other));
  }
});
