import assert from "node:assert/strict";
import fc from "fast-check";
import { renewAt, validityFrom } from "./lifetime.ts";

const HOUR = 3600_000;

Deno.test("renewAt is sixteen hours into a certificate of a day", () => {
  const now = Date.UTC(2030, 5, 1);
  assert.equal(renewAt(validityFrom(now, 24 * HOUR)), now + 16 * HOUR);
});

Deno.test("renewAt lies between issue and end, whatever the lifetime", () => {
  const lifetime = fc.integer({ min: 1000, max: 400 * 24 * HOUR });
  fc.assert(fc.property(fc.nat(Date.UTC(2060, 0, 1)), lifetime, (now, lifetimeMs) => {
    const validity = validityFrom(now, lifetimeMs);
    const at = renewAt(validity);
    assert.ok(at >= now - 1000 && at <= validity.notAfter);
    assert.ok(at - now > lifetimeMs / 2 - 1000);
  }));
});

Deno.test("renewAt of a certificate shorter than its backdating is its end", () => {
  assert.equal(renewAt({ notBefore: 1_000_000, notAfter: 1_060_000 }), 1_060_000);
});
