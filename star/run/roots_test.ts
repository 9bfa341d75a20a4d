import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { findRoots, requireHiddenFile } from "#core/program/roots.ts";
import { chooseRoots, closedRoots, requireHiddenFolder } from "./roots.ts";

/** A folder with directories `a` and `b`, `a/in`, and a link; gone afterwards. */
function withFolder(test: (folder: string) => void): void {
  const folder = Deno.realPathSync(Deno.makeTempDirSync());
  try {
    for (const name of ["a", "a/in", "b"]) Deno.mkdirSync(`${folder}/${name}`);
    Deno.symlinkSync("b", `${folder}/to-b`);
    test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function both(path: string) {
  return { path, read: true, write: true };
}

function refuses(act: () => unknown, says: RegExp): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof OrbitError && error.code === "invalid", `${error}`);
    assert.match(error.message, says);
    return true;
  });
}

Deno.test("findRoots joins the directions of a place that is named more than once", () => {
  withFolder((folder) => {
    const path = `${folder}/a`;
    const roots = findRoots([
      { path, read: true, write: false },
      { path: `${path}/in`, read: false, write: true },
      { path, read: false, write: true },
    ]);
    assert.deepEqual(roots, [
      { ...both(path), realPath: path },
      { path: `${path}/in`, read: false, write: true, realPath: `${path}/in` },
    ]);
    refuses(() => findRoots([both(`${folder}/none`), both("/")]), /none.*doesn't exist[^]*whole/);
    refuses(() => findRoots([both(`${folder}/b`), both(`${folder}/to-b`)]), /already/);
  });
});

Deno.test("chooseRoots prefers options to the configuration to the token's places", () => {
  withFolder((folder) => {
    const a = `${folder}/a`, b = `${folder}/b`;
    const configured = findRoots([both(b)]);
    const paths = (options: string[], config: typeof configured, token: string[]) =>
      chooseRoots({ options: options.map(both), configured: config, token }).map((r) => r.path);
    assert.deepEqual(paths([a], configured, []), [a]);
    assert.deepEqual(paths([], configured, []), [b]);
    assert.deepEqual(paths([], [], [a]), [a]);
    refuses(() => paths([], [], []), /--allow=DIR.*star\.toml/);
  });
});

Deno.test("chooseRoots keeps within what the join token was for", () => {
  withFolder((folder) => {
    const a = `${folder}/a`;
    const choose = (path: string, token: string[]) =>
      chooseRoots({ options: [both(path)], configured: [], token });
    assert.equal(choose(`${a}/in`, [a])[0].path, `${a}/in`);
    assert.equal(choose(`${folder}/b`, [`${folder}/to-b`])[0].path, `${folder}/b`);
    refuses(() => choose(folder, [a]), /token was for ".*\/a" only/);
    refuses(() => choose(`${folder}/to-b`, [a]), /token was for/);
    refuses(() => choose(`${folder}/b`, [`${folder}/none`]), /token was for/);
  });
});

Deno.test("roots share no folder with the state, and hold no file of the Star's own", () => {
  withFolder((folder) => {
    const roots = findRoots([{ path: `${folder}/a`, read: true, write: false }]);
    requireHiddenFolder(roots, `${folder}/b`);
    for (const state of [`${folder}/a/in`, `${folder}/a/new`, folder]) {
      refuses(() => requireHiddenFolder(roots, state), /the Star's key/);
    }
    const file = `${folder}/a/star.toml`;
    Deno.writeTextFileSync(file, "");
    requireHiddenFile(roots, file, { what: "configuration", against: "writing" });
    const secret = { what: "secret file", against: "reading" } as const;
    refuses(() => requireHiddenFile(roots, file, secret), /grid could read it/);
    const writable = findRoots([both(`${folder}/a`)]);
    const config = { what: "configuration", against: "writing" } as const;
    refuses(() => requireHiddenFile(writable, file, config), /grid could change it/);
  });
});

const isRoot = Deno.build.os === "windows" || Deno.uid() === 0;

Deno.test("closedRoots names what this user may not use", { ignore: isRoot }, () => {
  withFolder((folder) => {
    const [a, b] = findRoots([both(`${folder}/a`), both(`${folder}/b`)]);
    Deno.chmodSync(`${folder}/a`, 0o500);
    assert.deepEqual(closedRoots([a, b]), [{ path: a.path, to: "writing" }]);
    Deno.chmodSync(`${folder}/a`, 0o000);
    assert.deepEqual(closedRoots([a, b]), [{ path: a.path, to: "reading and writing" }]);
    Deno.chmodSync(`${folder}/a`, 0o700);
    assert.deepEqual(closedRoots([a, b]), []);
  });
});
