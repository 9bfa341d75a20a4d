import assert from "node:assert/strict";
import { dialEach } from "./dialable.ts";

/** Whom it would dial. */
async function dialled(host: string, loopback: boolean): Promise<string[]> {
  const hosts: string[] = [];
  await dialEach({ host, port: 1 }, { loopback }, (address) => {
    hosts.push(address.host);
    return Promise.resolve();
  });
  return hosts;
}

Deno.test("dialEach dials what is another machine's, and this one where Stars may be on it", async () => {
  assert.deepEqual(await dialled("192.0.2.7", false), ["192.0.2.7"]);
  assert.deepEqual(await dialled("127.0.0.1", true), ["127.0.0.1"]);
  assert.match((await dialled("localhost", true))[0], /^127\.|^::1$/);
});

Deno.test("dialEach dials nothing that is no other machine's, and says so", async () => {
  const none: [string, boolean, RegExp][] = [
    ["169.254.169.254", true, /link-local address, which isn't dialled/],
    ["::ffff:169.254.169.254", true, /link-local/],
    ["0.0.0.0", true, /no machine/],
    ["127.0.0.1", false, /loopback/],
    ["localhost", false, /(127\.0\.0\.1|::1) is a loopback/],
    ["no-such-star.invalid", true, /./],
  ];
  for (const [host, loopback, why] of none) {
    await assert.rejects(dialled(host, loopback), why, host);
  }
});

Deno.test("dialEach fails as the last address did", async () => {
  const refused = () => Promise.reject(new Error("refused"));
  await assert.rejects(dialEach({ host: "192.0.2.7", port: 1 }, { loopback: false }, refused), {
    message: "refused",
  });
});
