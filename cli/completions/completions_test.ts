import assert from "node:assert/strict";
import { longNamesOf } from "#core/program/arguments/option.ts";
import { doctorDescription } from "../doctor/description.ts";
import { jobsDescription } from "../jobs/description.ts";
import { syncDescription } from "../sync/description.ts";
import { bashCompletions } from "./bash.ts";
import { completionsDescription } from "./description.ts";
import { fishCompletions } from "./fish.ts";
import { zshCompletions } from "./zsh.ts";

const commands = [syncDescription, jobsDescription, doctorDescription, completionsDescription];

/** What bash offers after the words, the last of which is being typed. */
async function complete(words: string[], folder: string): Promise<string[]> {
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const script = `${bashCompletions(commands)}
COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}
_orbit 2>&1
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, success } = await new Deno.Command("bash", {
    args: ["--norc", "-c", script],
    cwd: folder,
    env: { LC_ALL: "C.UTF-8" },
  }).output();
  assert(success);
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}

Deno.test("bash offers commands, options, words and files where they belong", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.mkdirSync(`${folder}/some dir`);
    Deno.writeTextFileSync(`${folder}/some file`, "");
    const cases: [words: string[], expected: string[]][] = [
      [["orbit", "s"], ["sync"]],
      [["orbit", "--v"], ["--version"]],
      [["orbit", "sync", "--no-perm"], ["--no-perms"]],
      [["orbit", "sync", "--delete", "--max-"], ["--max-size", "--max-delete"]],
      [["orbit", "sync", "--verify", "s"], ["sent"]],
      [["orbit", "sync", "--verify", "=", "a"], ["all"]],
      [["orbit", "sync", "--verify", "="], ["none", "sent", "all"]],
      [["orbit", "sync", "--backup-dir", "so"], ["some dir"]],
      [["orbit", "sync", "--exclude", "so"], []],
      [["orbit", "sync", "so"], ["some dir", "some file"]],
      [["orbit", "jobs", "res"], ["resume"]],
      [["orbit", "jobs", "list", "--js"], ["--json"]],
      [["orbit", "completions", ""], ["bash", "zsh", "fish"]],
      [["orbit", "unknown", "x"], []],
    ];
    for (const [words, expected] of cases) {
      const offered = await complete(words, folder);
      assert.deepEqual(offered.sort(), expected.sort(), words.join(" "));
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("every option is in the completions of every shell", () => {
  const scripts = [bashCompletions, zshCompletions, fishCompletions].map((make) => make(commands));
  for (const command of commands) {
    for (const name of command.options.flatMap(longNamesOf)) {
      assert(scripts[0].includes(`--${name}`), name);
      assert(scripts[1].includes(`--${name}`), name);
      assert(scripts[2].includes(` -l ${name}`), name);
    }
  }
});

Deno.test("help texts can't break out of their quotes", () => {
  const option = { ...syncDescription.options[0], help: "don't [stop]: $(rm) \\" };
  const command = { ...syncDescription, options: [option] };
  assert(zshCompletions([command]).includes("[don'\\''t \\[stop\\]\\: $(rm) \\\\]'"));
  assert(fishCompletions([command]).includes("-d 'don\\'t [stop]: $(rm) \\\\'"));
});
