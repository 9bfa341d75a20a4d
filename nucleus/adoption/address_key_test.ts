import assert from "node:assert/strict";
import { addressKey } from "./address_key.ts";

const SAME: [peer: string, key: string][] = [
  ["192.0.2.7", "192.0.2.7"],
  ["192.0.2.7:50051", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["[::ffff:192.0.2.7]:443", "192.0.2.7"],
  ["::ffff:c000:207", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["[2001:DB8:1:2::9]:50051", "2001:db8:1:2::/64"],
  ["2001:db8::9", "2001:db8:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::", "0:0:0:0::/64"],
  ["control stream", "control stream"],
  ["", ""],
];
for (const [peer, key] of SAME) {
  Deno.test(`addressKey counts ${JSON.stringify(peer)} under ${JSON.stringify(key)}`, () => {
    assert.equal(addressKey(peer), key);
  });
}

Deno.test("addressKey of endless text is short", () => {
  assert.ok(addressKey("1".repeat(1e6)).length <= 100);
});
