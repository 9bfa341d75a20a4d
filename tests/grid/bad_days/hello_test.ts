/** Stars that say of themselves what no Star is. */
import assert from "node:assert/strict";
import { TestNucleus } from "../nucleus_fixture.ts";
import { type HelloInit, LEAVES_TIMERS, RawStar, until } from "./support.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const root = (path: Uint8Array) => ({ path, read: true, write: true });

/** What is refused, and how. */
const HOSTILE: [string, HelloInit, RegExp][] = [
  ["100,000 roots", { roots: Array(100_000).fill(root(bytes("/a"))) }, /roots: too many/],
  ["a relative root", { roots: [root(bytes("../etc"))] }, /path: not an absolute path/],
  ["a root with NUL", { roots: [root(bytes("/a\0b"))] }, /path: not an absolute path/],
  ["a root of 5,000 bytes", { roots: [root(bytes("/" + "a".repeat(5000)))] }, /path: too long/],
  ["65 capabilities", { capabilities: Array(65).fill("scan") }, /capabilities: too many/],
  ["a version of 257 letters", { version: "1".repeat(257) }, /version: too long/],
  ["an escape in the host name", { hostname: "\x1b[2Jnas" }, /hostname: characters/],
  ["a new line in the version", { version: "1.0\nINFO all is well" }, /version: characters/],
  ["a host name from right to left", { hostname: "nas\u202egpj.exe" }, /hostname: characters/],
  ["controls in its walls", { walls: { kernelReason: "no\r\nno" } }, /walls.kernel_reason/],
  ["a file as address", { listenAddress: "unix:/run/secret" }, /listen_address: not HOST:PORT/],
  ["an address with a name", { listenAddress: "nas:1@evil:2" }, /listen_address: not HOST:PORT/],
  ["no port", { listenAddress: "nas.local" }, /listen_address: not HOST:PORT/],
  ["NaN as load", { heartbeat: { load: NaN } }, /load: out of range/],
  ["a load below zero", { heartbeat: { load: -1 } }, /load: out of range/],
  ["endless load", { heartbeat: { load: Infinity } }, /load: out of range/],
  ["more memory than numbers", { heartbeat: { memoryUsedBytes: 2n ** 63n } }, /memory_used_bytes/],
  ["a certificate beyond time", {
    heartbeat: { certificateExpiresS: 9_000_000_000_000_000n },
  }, /certificate_expires_s: out of range/],
  ["a clock beyond time", { heartbeat: { nowMs: 2n ** 53n - 1n } }, /now_ms: out of range/],
  ["a clock before time", { heartbeat: { nowMs: -1n } }, /now_ms: out of range/],
];

Deno.test(
  "a hello that can't be true is refused, and leaves nothing behind",
  LEAVES_TIMERS,
  async () => {
    await using test = await TestNucleus.start();
    const joined = await test.join();
    const { stars } = test.nucleus.parts.store;
    const before = stars.byId(joined.identity.starId)!;
    for (const [what, hello, why] of HOSTILE) {
      await using star = new RawStar(joined);
      star.say({ case: "hello", value: hello });
      const code = await star.ended();
      assert(["invalid", "exhausted"].includes(code), `${what}: ${code}`);
      assert.match((await star.over)!.message, why, what);
      assert.equal(star.frames.length, 0);
      await until(() => test.nucleus.links.size === 0, "no link");
    }
    assert.deepEqual(stars.byId(before.id), before);
    await using _honest = await RawStar.welcomed(joined, { hostname: "nas", version: "1.0" });
    assert(stars.isConnected(before.id));
  },
);

Deno.test("what a Star says can be shown: nothing of it moves a cursor or begins a line", async () => {
  await using test = await TestNucleus.start();
  const joined = await test.join();
  const evil = "/mnt/\x1b[2J\nINFO fine\x9b";
  await using _star = await RawStar.welcomed(joined, {
    roots: [root(bytes(evil)), root(new Uint8Array([0x2f, 0xff, 0x0a]))],
  });
  for (const line of test.log.lines) assert.match(line, /^[^\p{Cc}]*$/u);
  const [star] = test.nucleus.parts.store.stars.list();
  assert.equal(star.roots[0].path, evil);
});
