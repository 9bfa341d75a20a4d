/** `orbit sync --explain` between Stars says what it says on one machine. */
import assert from "node:assert/strict";
import { runOrbit } from "../support/run.ts";
import { runScript } from "../support/shell.ts";
import { TwoStars } from "./two_stars.ts";

/** A path of each kind, and of each fate. */
const SOURCE = [
  "mkdir -p same new/deep d dropped/in; echo a > same/a; echo b > new/deep/b; ln -s ../x d/link",
  "echo changed > d/changed; echo x > dropped/in/x; echo t > skip.tmp; mkfifo d/pipe",
  "echo odd > $'d/new\\nline'; echo odd > $'d/no\\xffutf'; echo file > kind; touch -d @9 old",
];
const DESTINATION = [
  "mkdir -p same d kind extra; echo a > same/a; echo old > d/changed; echo e > extra/e",
  "echo t > skip.tmp; echo newer > old; echo k > kind/k",
];
const TIMES = "find . -exec touch -h -d @1000000000 {} +";

Deno.test("what would become of a path, and why, is the same on a grid", async (t) => {
  await using grid = await TwoStars.start();
  const { from, to, folder } = grid;
  Deno.mkdirSync(from.path("a"));
  Deno.mkdirSync(to.path("b"));
  runScript(from.path("a"), [...SOURCE, TIMES, "echo newest > d/changed"]);
  runScript(to.path("b"), [...DESTINATION, TIMES]);
  const both = async (...options: string[]) => {
    const args = ["sync", "--no-find-renames", ...options];
    const here = await runOrbit([...args, `${from.path("a")}/`, to.path("b")], { home: folder });
    const there = await grid.orbit(...args, `from:${from.path("a")}/`, `to:${to.path("b")}`);
    assert.equal(there.code, here.code, there.stderr);
    assert.equal(there.stdout, here.stdout);
    // A Star may still be on its way when the first job begins.
    const lasting = (text: string) =>
      text.replace(/^orbit: waiting for .*\n/m, "").replace(/\d+\.\d+ s$/m, "");
    assert.equal(lasting(there.stderr), lasting(here.stderr));
    return here;
  };
  const cases: [string[], RegExp][] = [
    [["--explain=new/deep/b"], /would be copied/],
    [["--explain=d/changed"], /would be copied/],
    [["--explain=/same//a/"], /nothing to do/],
    [["--explain=."], /^\.\/\n/],
    [["--explain=extra/e"], /--delete isn't given/],
    [["--explain=extra/e", "--delete", "--max-delete=100%"], /would be deleted/],
    [["--explain=skip.tmp", "--exclude=*.tmp", "-v"], /excluded by rule 1: - \*\.tmp/],
    [["--explain=dropped/in/x", "--exclude=dropped"], /which matches "dropped" above it/],
    [["--explain=d/link"], /link, mode 0777.* -> \.\.\/x/],
    [["--explain=d/pipe", "--stats"], /special/],
    [["--explain=kind"], /destination: directory/],
    [["--explain=none/at/all"], /is on neither side/],
    [["--explain=kind/k/below"], /plan:/],
    [["--explain=old", "-u"], /plan:/],
    [["--explain=d/new\nline"], /^d\/new\\nline\n/],
  ];
  for (const [options, said] of cases) {
    await t.step(options.join(" "), async () => {
      const { code, stdout } = await both(...options);
      assert.deepEqual([code, said.test(stdout)], [0, true], stdout);
    });
  }
  await t.step("of what isn't within the source", async () => {
    for (const path of ["../a/kind", "d/../kind"]) {
      const { code, stderr } = await both(`--explain=${path}`);
      assert.equal(code, 1);
      assert.match(stderr, /--explain: needs a path within SRC, without \.\./);
    }
  });
  await t.step("of a list that names what isn't there", async () => {
    const list = `${folder}/list`;
    Deno.writeTextFileSync(list, "nowhere\nsame/a\nnew\n");
    const { code, stderr } = await both(`--files-from=${list}`, "--explain=d/changed");
    assert.equal(code, 23);
    assert.match(stderr, /^orbit: find "nowhere": no such file or directory$/m);
  });
  await t.step("names that aren't UTF-8, in JSON", async () => {
    const shown = async (run: Promise<{ stdout: string }>) =>
      (await run).stdout.trim().split("\n").map((line) => JSON.parse(line))
        .find(({ type }) => type === "explain").explanation;
    const args = ["sync", "--json", "--explain=d/no\ufffdutf"];
    const places = [`${from.path("a")}/`, to.path("b")];
    const here = await shown(runOrbit([...args, ...places], { home: folder }));
    const there = await shown(grid.orbit(...args, `from:${places[0]}`, `to:${places[1]}`));
    assert.deepEqual(there, here);
  });
  await t.step("and nothing was changed", () => {
    assert.equal(Deno.readTextFileSync(to.path("b/d/changed")), "old\n");
    assert.throws(() => Deno.lstatSync(to.path("b/new")), Deno.errors.NotFound);
  });
  await t.step("a directory by its name, and a destination that is to be made", async () => {
    for (const [source, destination] of [["a", "b"], ["a/", "not there"]]) {
      const places = [`${from.files}/${source}`, to.path(destination)];
      const asked = ["sync", "--explain=d/changed"];
      const here = await runOrbit([...asked, ...places], { home: folder });
      const there = await grid.orbit(...asked, `from:${places[0]}`, `to:${places[1]}`);
      assert.deepEqual([there.code, there.stdout], [here.code, here.stdout], there.stderr);
      assert.match(here.stdout, /would be copied/);
    }
  });
});
