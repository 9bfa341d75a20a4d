import assert from "node:assert/strict";
import { bakePermissions, type PermissionFlag, type PermissionSet } from "./permissions.ts";

const allow = (name: PermissionFlag["name"], list: PermissionFlag["list"]): PermissionFlag => ({
  rule: "allow",
  name,
  list,
});

const SET: PermissionSet = { read: true, env: ["HOME"], net: { allow: true, deny: ["a:1"] } };

Deno.test("bakePermissions changes nothing without flags", () => {
  assert.deepEqual(bakePermissions(SET, []), SET);
});

Deno.test("bakePermissions lets a flag replace the set's list, and adds up flags", () => {
  const baked = bakePermissions(SET, [allow("env", ["A"]), allow("env", ["B"])]);
  assert.deepEqual(baked, { ...SET, env: { allow: ["A", "B"] } });
});

Deno.test("bakePermissions gives what the set doesn't name", () => {
  assert.deepEqual(bakePermissions(SET, [allow("run", true)]).run, { allow: true });
});

Deno.test("bakePermissions keeps the program's own files readable", () => {
  const baked = bakePermissions(SET, [allow("read", ["/a"])]);
  assert.deepEqual(baked.read, { allow: ["/a", "./"] });
  assert.deepEqual(bakePermissions({ read: ["/b"] }, []).read, { allow: ["/b", "./"] });
});

Deno.test("bakePermissions lets allowing leave what is denied", () => {
  const baked = bakePermissions(SET, [allow("net", ["b:2"])]);
  assert.deepEqual(baked.net, { allow: ["b:2"], deny: ["a:1"] });
});

Deno.test("bakePermissions lets denying leave what is allowed", () => {
  const deny: PermissionFlag = { rule: "deny", name: "read", list: ["/secret"] };
  assert.deepEqual(bakePermissions(SET, [deny]).read, { allow: true, deny: ["/secret"] });
});
