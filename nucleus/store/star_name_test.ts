import assert from "node:assert/strict";
import fc from "fast-check";
import { freeName, parseName, toName } from "./star_name.ts";

const NAMES: [hostname: string, name: string][] = [
  ["nas", "nas"],
  ["NAS.local", "nas"],
  ["DESKTOP-A1B2", "desktop-a1b2"],
  ["my_host__2", "my-host-2"],
  ["--x--", "x"],
  ["", "star"],
  [".", "star"],
  ["日本", "star"],
  ["x".repeat(1000), "x".repeat(63)],
];
for (const [hostname, name] of NAMES) {
  Deno.test(`toName makes ${JSON.stringify(hostname.slice(0, 20))} ${name.slice(0, 20)}`, () => {
    assert.equal(toName(hostname), name);
  });
}

Deno.test("toName and freeName always make names", () => {
  const texts = fc.string({ unit: "binary", maxLength: 80 });
  fc.assert(fc.property(texts, fc.nat(30), (hostname, taken) => {
    const used = new Set<string>();
    for (let i = 0; i <= taken; i++) {
      const name = freeName(toName(hostname), (candidate) => used.has(candidate));
      assert.equal(parseName(name, "Star"), name);
      assert.equal(used.has(name), false);
      used.add(name);
    }
  }));
});
