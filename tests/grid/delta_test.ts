/** Files that changed, from Star to Star: what the Stars really say to each other about them. */
import assert from "node:assert/strict";
import { findStaged, lookAt } from "../faults/bed.ts";
import { TwoStars } from "./two_stars.ts";

const MIB = 2 ** 20;

/** Bytes that don't repeat. */
function noise(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  return bytes;
}

function write(path: string, ...parts: Uint8Array[]): void {
  using file = Deno.createSync(path);
  for (const part of parts) {
    for (let at = 0; at < part.length;) at += file.writeSync(part.subarray(at));
  }
}

function makeTrees({ from, to }: TwoStars): void {
  for (const star of [from, to]) Deno.mkdirSync(star.path("tree"));
}

function assertSame({ from, to }: TwoStars): void {
  assert.deepEqual(lookAt(to.path("tree")), lookAt(from.path("tree")));
  assert.deepEqual(findStaged(to.files), []);
}

Deno.test("files that changed send what changed, unless --whole-file asks for all", async () => {
  await using grid = await TwoStars.start();
  const { from, to } = grid;
  makeTrees(grid);
  const large = noise(80 * MIB), small = noise(3 * MIB);
  const sync = async (...options: string[]) => {
    const before = from.counter!.bytes;
    const places = [`from:${from.path("tree")}/`, `to:${to.path("tree")}/`];
    const { code, stderr } = await grid.orbit("sync", ...options, ...places);
    assert.equal(code, 0, stderr);
    assertSame(grid);
    return from.counter!.bytes - before;
  };
  for (
    const [options, most] of [[[], 2 * MIB], [["-W"], Infinity], [["--no-W"], 2 * MIB]] as const
  ) {
    write(to.path("tree/large"), large);
    write(to.path("tree/small"), small);
    write(from.path("tree/large"), new Uint8Array([1]), large);
    write(from.path("tree/small"), small.subarray(0, MIB), noise(5), small.subarray(MIB));
    const sent = await sync(...options);
    assert(sent < most, `${sent} bytes sent`);
    assert.equal(sent > 83 * MIB, most === Infinity, `${sent} bytes sent`);
  }
});

Deno.test("kill -9 of the destination in the middle of a delta: it goes on from there", async () => {
  await using grid = await TwoStars.start();
  const { from, to } = grid;
  makeTrees(grid);
  const same = noise(64 * MIB), fresh = noise(128 * MIB);
  write(to.path("tree/large"), same);
  write(from.path("tree/large"), fresh, same);
  const before = from.counter!.bytes;
  const id = await grid.sync({ options: { bytesPerSecond: 32 * MIB } });
  const isThere = async () => ((await grid.job(id)).progress?.written ?? 0) > 64 * MIB || undefined;
  await grid.until(isThere, "half of what is new is there");
  await to.kill();
  assert.equal(Deno.statSync(to.path("tree/large")).size, same.length);
  await to.start();
  const job = await grid.over(id);
  assert.equal(job.state, "succeeded", JSON.stringify(job));
  assertSame(grid);
  // Four segments are on their way at a time.
  const sent = from.counter!.bytes - before, most = fresh.length + 4 * 8 * MIB + 2 * MIB;
  assert(sent < most, `${sent} bytes sent, of ${fresh.length} that are new`);
});
