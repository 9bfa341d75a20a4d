import assert from "node:assert/strict";
import { programOf, PROGRAMS, v8Options } from "./programs.ts";

Deno.test("a program's tasks start it with the options that it is packed with", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile("deno.json"));
  for (const program of PROGRAMS) {
    const { permissionSet, entry } = program;
    const names = permissionSet === "orbit" ? ["orbit", "sync"] : [permissionSet];
    for (const name of names) {
      const { command } = tasks[name];
      const start = `-P=${permissionSet} --no-prompt ${v8Options(program).join(" ")}`;
      assert.ok(command.includes(`${start} "$ROOT/${entry}"`), `task ${name}: ${command}`);
    }
  }
});

Deno.test("programOf refuses a name that no program has", () => {
  assert.equal(programOf("star").entry, "star/main.ts");
  assert.throws(() => programOf("moon"), /find program "moon"/);
});
