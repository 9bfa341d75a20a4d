import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { refuseRemote, resolvePath } from "./paths.ts";

/** `/work/link` points to `/far/away`. */
const context = {
  cwd: "/work",
  realPath(path: string) {
    if (path.startsWith("/work/missing")) throw new Deno.errors.NotFound("gone");
    return path.replace(/^\/work\/link/, "/far/away");
  },
};

Deno.test("resolvePath makes paths absolute and tells contents from the directory", () => {
  const cases: [argument: string, path: string, contents: boolean][] = [
    ["a", "/work/a", false],
    ["a/", "/work/a", true],
    ["a//b///", "/work/a/b", true],
    ["./a/./b", "/work/a/b", false],
    [".", "/work", true],
    ["a/.", "/work/a", true],
    ["..", "/", true],
    ["../x", "/x", false],
    ["../../../x", "/x", false],
    ["/", "/", true],
    ["/a/b", "/a/b", false],
    ["a/..", "/work", true],
    ["link/../x", "/far/x", false],
    ["a:b", "/work/a:b", false],
    ["...", "/work/...", false],
  ];
  for (const [argument, path, contents] of cases) {
    assert.deepEqual(resolvePath(argument, context), { path, contents }, argument);
  }
});

Deno.test("resolvePath refuses empty names, NUL, and a way through what isn't there", () => {
  assert.throws(() => resolvePath("", context), /path "": is empty/);
  assert.throws(() => resolvePath("a\0b", context), /path "a\\x00b": holds a NUL/);
  assert.throws(
    () => resolvePath("missing/../x", context),
    (error) => error instanceof OrbitError && error.code === "not_found",
  );
});

Deno.test("refuseRemote tells other machines from local names with a colon", () => {
  for (const local of ["a", "./a:b", "/a:b", ":a", "dir/a:b", ""]) refuseRemote(local);
  for (const remote of ["host:", "host:path", "user@host:/p", "host::module", "rsync://h/m"]) {
    assert.throws(
      () => refuseRemote(remote),
      /names another machine, and remote sides need a grid/,
    );
  }
});
