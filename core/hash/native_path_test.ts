import assert from "node:assert/strict";
import { addonCandidates, addonTargets } from "./native_path.ts";

const TARGETS: [os: string, arch: string, env: string | undefined, targets: string[]][] = [
  ["linux", "x86_64", "gnu", ["linux-x64-gnu"]],
  ["linux", "x86_64", "musl", ["linux-x64-musl"]],
  ["linux", "aarch64", "gnu", ["linux-arm64-gnu"]],
  ["darwin", "aarch64", undefined, ["darwin-universal", "darwin-arm64"]],
  ["windows", "x86_64", "msvc", ["win32-x64-msvc"]],
  ["freebsd", "x86_64", undefined, ["freebsd-x64"]],
  ["freebsd", "aarch64", undefined, []],
  ["android", "aarch64", undefined, ["android-arm64"]],
  ["linux", "riscv64", "gnu", []],
  ["plan9", "x86_64", undefined, []],
];

for (const [os, arch, env, targets] of TARGETS) {
  Deno.test(`addonTargets names the packages for ${os} ${arch} ${env ?? ""}`, () => {
    assert.deepEqual(addonTargets({ os, arch, env }), targets);
  });
}

Deno.test("addonCandidates finds the real path in Deno's layout, then the sibling", () => {
  const layout = "file:///p/node_modules/.deno/@napi-rs+blake-hash";
  const target = "linux-x64-gnu";
  const file = `node_modules/@napi-rs/blake-hash-${target}/blake.${target}.node`;
  assert.deepEqual(
    addonCandidates(`${layout}@1.2.3/node_modules/@napi-rs/blake-hash/index.js`, target),
    [`${layout}-${target}@1.2.3/${file}`, `${layout}@1.2.3/${file}`],
  );
});

Deno.test("addonCandidates looks beside the package in a flat layout", () => {
  assert.deepEqual(
    addonCandidates("file:///p/node_modules/@napi-rs/blake-hash/index.js", "darwin-x64"),
    ["file:///p/node_modules/@napi-rs/blake-hash-darwin-x64/blake.darwin-x64.node"],
  );
});
