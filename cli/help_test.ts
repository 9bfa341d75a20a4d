import assert from "node:assert/strict";
import { spellingOf } from "#core/program/arguments/option.ts";
import { parseLine } from "#core/program/arguments/parse.ts";
import { completionsDescription } from "./completions/description.ts";
import { doctorDescription } from "./doctor/description.ts";
import { chunkDescription } from "./chunk/description.ts";
import { hashDescription } from "./hash/description.ts";
import { commandHelp } from "#core/program/help.ts";
import { jobsDescription } from "./jobs/description.ts";
import { scanDescription } from "./scan/description.ts";
import { syncDescription } from "./sync/description.ts";
import { initialSettings } from "./sync/settings.ts";
import { verifyDescription } from "./verify/description.ts";

const descriptions = [
  chunkDescription,
  completionsDescription,
  doctorDescription,
  hashDescription,
  jobsDescription,
  scanDescription,
  syncDescription,
  verifyDescription,
];

for (const description of descriptions) {
  Deno.test(`orbit ${description.name} --help lists every option within 80 columns`, () => {
    const help = commandHelp(description);
    for (const line of help.split("\n")) assert([...line].length <= 80, line);
    for (const option of description.options) {
      const start = option.name === undefined
        ? `  -${option.short} `
        : option.short === undefined
        ? `  ${" ".repeat(4)}--${option.name}`
        : `  -${option.short}, --${option.name}`;
      assert(help.includes(`\n${start}`), `${spellingOf(option)} is missing`);
      if (option.value !== undefined) {
        assert(help.includes(`${spellingOf(option)}=${option.value}`));
      }
    }
    assert.match(help, /\nExamples:\n/);
  });

  Deno.test(`the options of orbit ${description.name} are named once`, () => {
    const names = description.options.flatMap(({ name, short }) => [name, short])
      .filter((each) => each !== undefined);
    assert.deepEqual(names.length, new Set(names).size);
  });
}

Deno.test("the examples of orbit sync --help parse", () => {
  const examples = syncDescription.examples.map(({ line }) => /orbit sync ([^|]*)/.exec(line)![1]);
  for (const example of examples) {
    const { positionals } = parseLine(
      example.trim().split(/ +/),
      syncDescription.options,
      initialSettings() as never,
    );
    assert(positionals.length >= 2, example);
  }
});
