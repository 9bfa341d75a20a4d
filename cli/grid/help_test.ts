import assert from "node:assert/strict";
import { longNamesOf } from "#core/program/arguments/option.ts";
import { commandHelp } from "#core/program/help.ts";
import {
  describeAudit,
  describeJobs,
  describeStars,
  describeTokens,
} from "#core/grid_commands/mod.ts";
import { createRemoteDoor } from "./door.ts";
import { nucleusDescription } from "./nucleus_description.ts";

const door = createRemoteDoor();
const descriptions = [
  ...[describeStars, describeTokens, describeJobs, describeAudit].map((each) => each(door)),
  nucleusDescription,
];

for (const description of descriptions) {
  Deno.test(`orbit ${description.name} --help (of a grid) fits, and names options once`, () => {
    for (const line of commandHelp(description).split("\n")) assert.ok(line.length <= 80, line);
    const names = description.options.flatMap(longNamesOf);
    assert.equal(names.length, new Set(names).size);
  });
}
