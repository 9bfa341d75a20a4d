import assert from "node:assert/strict";
import fc from "fast-check";
import { OrbitError } from "#core/errors.ts";
import { type Blake3, nativeAddonPath, openBlake3, toHex } from "./mod.ts";

/** The official test vectors: digests of that many bytes counting 0 to 250 over and over. */
const VECTORS: [length: number, digest: string][] = [
  [0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"],
  [1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"],
  [1_023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11"],
  [1_024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"],
  [1_025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"],
  [2_048, "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a"],
  [2_049, "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030"],
  [3_072, "b98cb0ff3623be03326b373de6b9095218513e64f1ee2edd2525c7ad1e5cffd2"],
  [3_073, "7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3"],
  [4_096, "015094013f57a5277b59d8475c0501042c0b642e531b0a1c8f58d2163229e969"],
  [4_097, "9b4052b38f1c5fc8b1f9ff7ac7b27cd242487b3d890d15c96a1c25b8aa0fb995"],
  [5_120, "9cadc15fed8b5d854562b26a9536d9707cadeda9b143978f319ab34230535833"],
  [5_121, "628bd2cb2004694adaab7bbd778a25df25c47b9d4155a55f8fbd79f2fe154cff"],
  [6_144, "3e2e5b74e048f3add6d21faab3f83aa44d3b2278afb83b80b3c35164ebeca205"],
  [6_145, "f1323a8631446cc50536a9f705ee5cb619424d46887f3c376c695b70e0f0507f"],
  [7_168, "61da957ec2499a95d6b8023e2b0e604ec7f6b50e80a9678b89d2628e99ada77a"],
  [7_169, "a003fc7a51754a9b3c7fae0367ab3d782dccf28855a03d435f8cfe74605e7817"],
  [8_192, "aae792484c8efe4f19e2ca7d371d8c467ffb10748d8a5a1ae579948f718a2a63"],
  [8_193, "bab6c09cb8ce8cf459261398d2e7aef35700bf488116ceb94a36d0f5f1b7bc3b"],
  [16_384, "f875d6646de28985646f34ee13be9a576fd515f76b5b0a26bb324735041ddde4"],
  [31_744, "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47"],
  [102_400, "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085"],
];

function vectorInput(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i % 251);
}

const addonPath = nativeAddonPath();

async function openAll(): Promise<Blake3[]> {
  const all = [await openBlake3({ only: "wasm" })];
  if (addonPath !== null) all.push(await openBlake3({ only: "native" }));
  return all;
}

/** Cuts the bytes at pseudo-random places given as fractions. */
function split(bytes: Uint8Array, fractions: number[]): Uint8Array[] {
  const cuts = fractions.map((f) => Math.floor(f * bytes.length)).sort((a, b) => a - b);
  return [0, ...cuts].map((from, i) => bytes.subarray(from, cuts[i] ?? bytes.length));
}

Deno.test("openBlake3 gives the official digests, whole and in pieces", async () => {
  for (const blake3 of await openAll()) {
    for (const [length, digest] of VECTORS) {
      const input = vectorInput(length);
      assert.equal(toHex(blake3.hash(input)), digest, `${blake3.implementation} ${length}`);
      const hasher = blake3.create();
      for (let at = 0; at < length; at += 1000) hasher.update(input.subarray(at, at + 1000));
      assert.equal(toHex(hasher.digest()), digest, `${blake3.implementation} ${length} pieces`);
    }
  }
});

Deno.test("openBlake3 gives equal digests for every implementation and every split", async () => {
  const all = await openAll();
  fc.assert(fc.property(
    fc.nat(40_000),
    fc.nat(250),
    fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
    (length, skip, fractions) => {
      const input = vectorInput(length + skip).subarray(skip);
      const expected = toHex(all[0].hash(input));
      for (const blake3 of all) {
        const hasher = blake3.create();
        for (const piece of split(input, fractions)) hasher.update(piece);
        assert.equal(toHex(hasher.digest()), expected);
        assert.equal(toHex(blake3.hash(input)), expected);
      }
    },
  ));
});

Deno.test("Hasher goes on after digest, starts anew after reset, and knows no other hasher", async () => {
  for (const blake3 of await openAll()) {
    const [a, b] = [blake3.create(), blake3.create()];
    const input = vectorInput(5000);
    const digestOf = (end: number) => toHex(blake3.hash(input.subarray(0, end)));
    a.update(input.subarray(0, 100));
    b.update(input.subarray(0, 3000));
    assert.equal(toHex(a.digest()), digestOf(100));
    a.update(input.subarray(100, 4000));
    assert.equal(toHex(b.digest()), digestOf(3000));
    assert.equal(toHex(a.digest()), digestOf(4000));
    assert.equal(toHex(a.digest()), digestOf(4000));
    b.reset();
    assert.equal(toHex(b.digest()), digestOf(0));
    a.reset();
    a.update(input);
    assert.equal(toHex(a.digest()), digestOf(5000));
  }
});

Deno.test("Hasher keeps no reference to what it was given, and gives digests of its own", async () => {
  for (const blake3 of await openAll()) {
    const hasher = blake3.create();
    const buffer = vectorInput(10);
    const expected = toHex(blake3.hash(buffer));
    hasher.update(buffer);
    buffer.fill(9);
    const digest = hasher.digest();
    blake3.hash(buffer);
    assert.equal(toHex(digest), expected);
    assert.equal(Object.getPrototypeOf(digest), Uint8Array.prototype);
    assert.equal(digest.byteLength, 32);
    assert.equal(digest.buffer.byteLength, 32);
  }
});

Deno.test({
  name: "openBlake3 uses the addon with read and ffi for that one file",
  ignore: addonPath === null,
  permissions: { read: [addonPath ?? ""], ffi: [addonPath ?? ""] },
  fn: async () => {
    const blake3 = await openBlake3();
    assert.equal(blake3.implementation, "native");
    assert.equal(blake3.whyNotNative, null);
    assert.equal(nativeAddonPath(), addonPath);
  },
});

Deno.test({
  name: "openBlake3 falls back without a prompt when ffi is not granted",
  permissions: { read: true },
  fn: async () => {
    const blake3 = await openBlake3();
    assert.equal(blake3.implementation, "wasm");
    if (addonPath !== null) assert.match(blake3.whyNotNative!, /^no ffi permission for /);
  },
});

Deno.test({
  name: "openBlake3 falls back without a prompt when nothing is granted",
  permissions: "none",
  fn: async () => {
    assert.equal(nativeAddonPath(), null);
    assert.equal((await openBlake3()).implementation, "wasm");
  },
});

Deno.test("openBlake3 takes a file that is no addon as none", async () => {
  const path = await Deno.makeTempFile({ suffix: ".node" });
  try {
    assert.equal((await openBlake3({ addonPath: path })).implementation, "wasm");
    await assert.rejects(
      openBlake3({ addonPath: path, only: "native" }),
      (error) => error instanceof OrbitError && error.code === "unsupported",
    );
  } finally {
    await Deno.remove(path);
  }
});
