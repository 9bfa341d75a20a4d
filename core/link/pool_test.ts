import assert from "node:assert/strict";
import { Secret } from "#core/identity/mod.ts";
import { LinkPool } from "./mod.ts";

Deno.test("LinkPool makes room for another Star by one that nobody uses, and has no more than it may", async () => {
  const credentials = { authorityPem: "", certificatePem: "", keyPem: new Secret("key") };
  await using pool = new LinkPool(() => credentials);
  const take = (port: number) => pool.take({ address: { host: "a", port }, serverName: "star" });
  const taken = Array.from({ length: 64 }, (_, star) => take(star + 1));
  const full = { code: "exhausted", detail: { retryable: true } };
  assert.throws(() => take(65), full);
  taken[5].release(Promise.resolve());
  taken[7].release(Promise.resolve());
  await Promise.resolve();
  const again = take(6);
  assert.equal(again.way, taken[5].way, "one that is kept is used again");
  take(65);
  assert.throws(() => take(66), full);
});
