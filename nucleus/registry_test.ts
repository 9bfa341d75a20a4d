import assert from "node:assert/strict";
import { longNamesOf } from "#core/program/arguments/option.ts";
import { FakeHost } from "#core/program/fake_host.ts";
import { commandHelp } from "#core/program/help.ts";
import { describeCommands, runProgram } from "#core/program/run_program.ts";
import { orbitNucleus } from "./registry.ts";

const descriptions = await describeCommands(orbitNucleus);

for (const description of descriptions) {
  Deno.test(`orbit-nucleus ${description.name} --help fits, and names every option once`, async () => {
    for (const line of commandHelp(description).split("\n")) assert.ok(line.length <= 80, line);
    const names = description.options.flatMap(longNamesOf);
    assert.equal(names.length, new Set(names).size);
    const host = new FakeHost();
    assert.equal(await runProgram(orbitNucleus, [description.name, "--help"], host), 0);
    assert.equal(host.stdout.text, commandHelp(description));
  });
}

Deno.test("orbit-nucleus lists its commands, and notices slips", async () => {
  const host = new FakeHost();
  assert.equal(await runProgram(orbitNucleus, ["--help"], host), 0);
  for (const { name } of descriptions) assert.match(host.stdout.text, new RegExp(`\n  ${name} `));
  assert.equal(await runProgram(orbitNucleus, ["tokens"], host), 1);
  assert.match(host.stderr.text, /"tokens": no such command; did you mean token\?/);
});
