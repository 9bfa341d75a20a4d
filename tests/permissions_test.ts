import { nativeAddonPath } from "#core/hash/native_path.ts";
import { libcCandidates } from "#core/posix/candidates.ts";
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CONFIG = JSON.parse(Deno.readTextFileSync(`${ROOT}/deno.json`));
const { orbit } = CONFIG.permissions;
/** Deno takes a relative path of deno.json from the folder that deno.json is in. */
const LIBRARIES: string[] = orbit.ffi.map((path: string) => resolve(ROOT, path));

Deno.test("the permission set orbit names every place of the C library", () => {
  for (const arch of ["x86_64", "aarch64"]) {
    for (const path of libcCandidates(arch, "linux")) assert.ok(LIBRARIES.includes(path), path);
  }
});

Deno.test("the permission set orbit names the hash addon as it is installed here", () => {
  const path = nativeAddonPath();
  assert.ok(path !== null && LIBRARIES.includes(path), `${path}`);
});

Deno.test("the permission set orbit names hash addons of the imported version only", () => {
  const version = CONFIG.imports["@napi-rs/blake-hash"].split("@").at(-1);
  const addons = LIBRARIES.filter((path) => path.endsWith(".node"));
  assert.notEqual(addons.length, 0);
  for (const path of addons) assert.ok(path.includes(`@${version}/`), path);
});

Deno.test("the permission set orbit gives no programs", () => {
  assert.deepEqual(Object.keys(orbit).sort(), ["env", "ffi", "net", "read", "sys", "write"]);
});

Deno.test("the permission set star gives no programs, and only the facts that heartbeats tell", () => {
  const { star } = CONFIG.permissions;
  assert.deepEqual(Object.keys(star).sort(), ["env", "ffi", "net", "read", "sys", "write"]);
  assert.deepEqual(star.ffi, orbit.ffi);
  const facts = ["uid", "hostname", "cpus", "loadavg", "systemMemoryInfo"];
  assert.deepEqual(star.sys, facts);
});
