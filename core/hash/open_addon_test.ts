import assert from "node:assert/strict";
import { nativeAddonPath } from "./mod.ts";
import { openAddon } from "./open_addon.ts";

interface Addon {
  blake3(bytes: Uint8Array): Uint8Array;
}

interface Operations {
  op_napi_open: unknown;
}

const path = nativeAddonPath();
const ignore = path === null;

function digestOfNothing(addon: unknown): Uint8Array {
  return (addon as Addon).blake3(new Uint8Array(0));
}

/** Deno's operations, among which an addon is opened by one. */
function operations(): Operations {
  const deno = Deno as unknown as { internal: symbol; [internal: symbol]: unknown };
  return (deno[deno.internal] as { core: { ops: Operations } }).core.ops;
}

Deno.test({ name: "openAddon gives plain bytes where Deno is as expected", ignore }, () => {
  assert.equal(typeof operations().op_napi_open, "function");
  const digest = digestOfNothing(openAddon(path!));
  assert.equal(Object.getPrototypeOf(digest), Uint8Array.prototype);
  assert.equal(digest.length, 32);
});

Deno.test({ name: "openAddon finds another way in where Deno isn't as expected", ignore }, () => {
  const ops = operations(), usual = digestOfNothing(openAddon(path!));
  const kept = ops.op_napi_open;
  const others = [undefined, () => {
    throw new TypeError("expected something else");
  }];
  try {
    for (const other of others) {
      ops.op_napi_open = other;
      assert.deepEqual(new Uint8Array(digestOfNothing(openAddon(path!))), usual);
    }
  } finally {
    ops.op_napi_open = kept;
  }
});

Deno.test("openAddon throws for a file that is no addon", () => {
  const file = Deno.makeTempFileSync({ suffix: ".node" });
  try {
    assert.throws(() => openAddon(file));
  } finally {
    Deno.removeSync(file);
  }
});
