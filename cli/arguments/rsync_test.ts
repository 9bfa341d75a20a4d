import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { initialSettings } from "../sync/settings.ts";
import { syncOptions } from "../sync/options.ts";
import { parseLine, spellingsOf } from "#core/program/arguments/parse.ts";
import { rsyncRefusals } from "./rsync.ts";

const supported = new Set(spellingsOf(syncOptions));

/** Every spelling that the installed rsync's help names; null without rsync. */
async function rsyncSpellings(): Promise<string[] | null> {
  try {
    const { stdout } = await new Deno.Command("rsync", { args: ["--help"] }).output();
    const heads = new TextDecoder().decode(stdout).split("\n")
      .filter((line) => /^-/.test(line)).map((line) => line.slice(0, 25));
    return heads.flatMap((head) => head.match(/(?<=^|[ ,])--?[\w@-]+/g) ?? [])
      .filter((spelling) => spelling !== "--no-OPTION");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function refusal(spelling: string): string {
  try {
    parseLine([spelling], syncOptions, initialSettings(), rsyncRefusals);
  } catch (error) {
    assert(error instanceof OrbitError);
    assert.equal(error.code, "invalid");
    return error.message;
  }
  return assert.fail(`accepted: ${spelling}`);
}

Deno.test("every option of the installed rsync is supported or refused by name", async () => {
  const spellings = await rsyncSpellings();
  if (spellings === null) return;
  assert(spellings.length > 150, `${spellings.length} options found in rsync --help`);
  for (const spelling of spellings.filter((each) => !supported.has(each))) {
    assert(refusal(spelling).startsWith(`${spelling}: not supported: `), refusal(spelling));
  }
});

Deno.test("each refusal is one line that names the option, and none shadows a supported one", () => {
  for (const [spelling, reason] of rsyncRefusals) {
    assert(!supported.has(spelling), spelling);
    assert.equal(refusal(spelling), `${spelling}: not supported: ${reason}`);
    assert.match(reason, /^[\x20-\x7e]{10,100}$/);
    assert(!reason.endsWith("."), reason);
  }
});

Deno.test("a refused option with a value, in a bundle or negated is refused just so", () => {
  const cases: [spelling: string, shown: string][] = [
    ["--chmod=u+x", "--chmod"],
    ["-az", "-z"],
    ["-B1024", "-B"],
    ["--no-compress", "--no-compress"],
    ["--no-fuzzy", "--no-fuzzy"],
  ];
  for (const [spelling, shown] of cases) {
    assert(refusal(spelling).startsWith(`${shown}: not supported: `), refusal(spelling));
  }
});

Deno.test("what a refusal recommends exists", () => {
  for (const [spelling, reason] of rsyncRefusals) {
    for (const recommended of reason.match(/(?<=^|[ (])--?[a-zA-Z][\w-]*/g) ?? []) {
      const isKnown = supported.has(recommended) || ["-vv", "--version"].includes(recommended);
      assert(isKnown, `${spelling} recommends ${recommended}`);
    }
  }
});
