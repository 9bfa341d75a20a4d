import { strictEqual as equal, throws } from "node:assert/strict";
import * as fs from "node:fs";
import { OrbitError, systemError } from "#core/errors.ts";
import { attempt, errnoOf } from "./deno_errors.ts";
import { refusal } from "./system/disk_conformance_help.ts";

const missing = "/nowhere/at/all";

const thrown: [name: string, act: () => unknown, errno: string][] = [
  ["Deno's", () => Deno.lstatSync(missing), "ENOENT"],
  ["node:fs's", () => fs.lstatSync(missing), "ENOENT"],
  ["a class without code", () => {
    throw new Deno.errors.NotADirectory("x");
  }, "ENOTDIR"],
  ["a name that isn't UTF-8", () => {
    throw new Deno.errors.InvalidData("x");
  }, "EILSEQ"],
];

for (const [name, act, errno] of thrown) {
  Deno.test(`attempt turns ${name} error into the system's ${errno}`, () => {
    const error = refusal(() => attempt("look at", "a/b", act));
    equal(error.message, systemError(errno, "look at", "a/b").message);
    equal(error.detail.errno, errno);
  });
}

Deno.test("attempt says when the runtime's permissions are what is missing", () => {
  const error = refusal(() =>
    attempt("make link", "a", () => {
      throw new Deno.errors.NotCapable("Requires unscoped --allow-write");
    })
  );
  equal(error.code, "denied");
  equal(error.message.includes("unscoped --allow-write"), true);
});

Deno.test("attempt passes on what is no system error", () => {
  throws(() => attempt("look at", "a", () => JSON.parse("{")), SyntaxError);
  const own = new OrbitError("corrupt", "x");
  throws(() =>
    attempt("look at", "a", () => {
      throw own;
    }), (error) => error === own);
  equal(errnoOf(new TypeError("x")), undefined);
});
