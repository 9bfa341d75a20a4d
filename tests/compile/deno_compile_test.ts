import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { compileWithDeno } from "../../tools/compile/deno_compile.ts";
import { PROGRAMS } from "../../tools/compile/programs.ts";
import { stageProgram } from "../../tools/compile/stage.ts";
import { tryStart } from "../../tools/compile/try_start.ts";
import { makeTempDirectory } from "../support/temp.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

Deno.test("tryStart sees that what deno compile made of a wrong runtime isn't the program", async () => {
  using folder = makeTempDirectory();
  const output = `${folder.path}/orbit`;
  const staged = await stageProgram(ROOT, PROGRAMS[0], []);
  const before = Deno.env.get("DENORT_BIN");
  Deno.env.set("DENORT_BIN", Deno.execPath()); // starts, and says that it is Deno
  try {
    assert.equal(await compileWithDeno(output, staged), undefined);
  } finally {
    if (before === undefined) Deno.env.delete("DENORT_BIN");
    else Deno.env.set("DENORT_BIN", before);
  }
  assert.match(await tryStart(output, "orbit") ?? "", /^orbit --version: exit status 0, "deno /);
});

Deno.test("compileWithDeno says in one line why there is no executable", async () => {
  using folder = makeTempDirectory();
  const staged = await stageProgram(ROOT, PROGRAMS[0], []);
  const reason = await compileWithDeno(`${folder.path}/x`, { ...staged, entry: "missing.js" });
  assert.match(reason ?? "", /^deno compile: .*missing\.js[^\n]*$/);
});
