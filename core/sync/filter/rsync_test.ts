/** The filter against the program it follows: random trees, random rules, the same entries kept. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { compareNames, decodeName, encodeName } from "#core/names.ts";
import { compileFilter } from "./filter.ts";
import { parseNameList } from "./name_list.ts";
import { parseRuleFile } from "./rule_file.ts";

/** Paths of a tree in which every directory comes before what is in it. */
interface Tree {
  readonly directories: readonly string[];
  readonly files: readonly string[];
}

const hasRsync = findRsync();
if (!hasRsync) console.log("skipped: comparison of filters with rsync (rsync is not installed)");

function findRsync(): boolean {
  try {
    return new Deno.Command("rsync", { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}

async function run(program: string, args: string[]): Promise<Uint8Array> {
  const output = await new Deno.Command(program, { args, env: { LC_ALL: "C" } }).output();
  assert.ok(output.success, new TextDecoder().decode(output.stderr));
  return output.stdout;
}

/** Makes a tree whose names may be any bytes, which Deno's own calls can't pass on. */
async function plant(root: string, tree: Tree): Promise<void> {
  Deno.mkdirSync(`${root}.empty`);
  const list = `${root}.list`;
  for (const [program, paths] of [["mkdir", tree.directories], ["touch", tree.files]] as const) {
    const absolute = ["", ...paths].map((path) => `${root}/${path}\0`).join("");
    Deno.writeFileSync(list, encodeName(absolute));
    await run("xargs", ["-0", "-a", list, program, ...(program === "mkdir" ? ["-p"] : []), "--"]);
  }
}

/** The paths rsync would transfer, directories with a final slash. */
async function rsyncKeeps(root: string, options: string[]): Promise<string[]> {
  const args = ["-nr8", "--out-format=%n", ...options, `${root}/`, `${root}.empty/`];
  const lines = decodeName(await run("rsync", args)).split("\n");
  return lines.filter((line) => line !== "" && line !== "./").sort(compareNames);
}

/** The paths a walk that asks the filter visits, written the same way. */
function filterKeeps(tree: Tree, rules: Uint8Array, nul: boolean): string[] {
  const filter = compileFilter(parseRuleFile(rules, "exclude", { nul, name: "rules" }).rules);
  const keep = (path: string, isDirectory: boolean) =>
    filter.explain(path, isDirectory).verdict === "include";
  return [
    ...tree.directories.filter((path) => keep(path, true)).map((path) => `${path}/`),
    ...tree.files.filter((path) => keep(path, false)),
  ].sort(compareNames);
}

const nameArbitrary = fc.constantFrom(
  ...["a", "b", "ab", "ba", "foo", "bar", "a.o", "A", "1", " ", "-", "]", "[a]", "a*", "a\\b"],
  ...["\\", "!a", "é", "aé", "\udcff", "b\udcff"],
);

const treeArbitrary: fc.Arbitrary<Tree> = fc.array(
  fc.array(nameArbitrary, { minLength: 1, maxLength: 4 }),
  { minLength: 25, maxLength: 45, size: "max" },
).map((paths) => {
  const directories = new Set<string>();
  for (const names of paths) {
    for (let depth = 1; depth < names.length; depth++) {
      directories.add(names.slice(0, depth).join("/"));
    }
  }
  const files = new Set(paths.map((names) => names.join("/")).filter((p) => !directories.has(p)));
  return { directories: [...directories], files: [...files] };
});

/** Patterns as people write them, with a fair chance to match something deep. */
const pathPatternArbitrary = fc.array(
  fc.oneof(nameArbitrary, fc.constantFrom("*", "*", "?", "a*", "*b", "[ab]*", "**", "b**")),
  { minLength: 1, maxLength: 4 },
).map((components) => components.join("/"));

const patternArbitrary = fc.oneof(
  pathPatternArbitrary,
  fc.array(
    fc.constantFrom(
      ...["a", "b", "o", ".", "foo", "bar", "*", "*", "*", "**", "**", "***", "?", "?", "/", "/"],
      ...["[ab]", "[!a]", "[^b]", "[a-f]", "[]a]", "[!]]", "[[:alpha:]]", "[^[:digit:]]", "[.-0]"],
      ...["\\", "\\*", "\\[", "[\\]a]", "é", "\udcff", "\udcc3", "[é]", "[\udc80-\udcff]", "]"],
      ...[
        "[",
        "[a",
        "[[:bogus:]]",
        "[[:",
        ":]",
        "[/a]",
        "!",
        "-",
        "[a-\\b]",
        "[[:]",
        "[b-]",
        "[b-a]",
      ],
    ),
    { minLength: 1, maxLength: 6 },
  ).map((parts) => parts.join("")),
);

/** `/`, `dir/` and `***` are rare by chance but most of what people write. */
const ruleArbitrary = fc.tuple(
  fc.constantFrom("- ", "- ", "+ ", ""),
  fc.constantFrom("", "", "/", "**/"),
  patternArbitrary,
  fc.constantFrom("", "", "", "/", "/***", "/**", "*"),
).map((parts) => parts.join(""));

const ruleListArbitrary = fc.tuple(
  fc.array(ruleArbitrary, { minLength: 1, maxLength: 8 }),
  fc.boolean(),
).map(([rules, nul]) => ({ nul, bytes: encodeName(rules.join(nul ? "\0" : "\r\n")) }));

Deno.test({
  name: "compileFilter keeps exactly what rsync keeps, for random trees and rules",
  ignore: !hasRsync,
  async fn() {
    const home = Deno.makeTempDirSync({ prefix: "orbit-filter-" });
    let planted = 0, excluded = 0;
    try {
      const lists = fc.array(ruleListArbitrary, { minLength: 20, maxLength: 20, size: "max" });
      await fc.assert(
        fc.asyncProperty(treeArbitrary, lists, async (tree, lists) => {
          const root = `${home}/${planted++}`;
          await plant(root, tree);
          // rsync mostly waits for its own processes: all lists at once take as long as one.
          const expected = await Promise.all(lists.map(({ bytes, nul }, index) => {
            const file = `${root}.rules${index}`;
            Deno.writeFileSync(file, bytes);
            return rsyncKeeps(root, [...(nul ? ["-0"] : []), `--exclude-from=${file}`]);
          }));
          for (const [index, { bytes, nul }] of lists.entries()) {
            const kept = filterKeeps(tree, bytes, nul);
            assert.deepEqual(kept, expected[index], JSON.stringify(decodeName(bytes)));
            excluded += tree.directories.length + tree.files.length - kept.length;
          }
        }),
        { numRuns: 8, endOnFailure: true },
      );
      assert.ok(excluded > 0, "some rule excluded something");
    } finally {
      Deno.removeSync(home, { recursive: true });
    }
  },
});

Deno.test({
  name: "parseNameList names exactly what rsync takes from --files-from",
  ignore: !hasRsync,
  async fn() {
    const home = Deno.makeTempDirSync({ prefix: "orbit-names-" });
    try {
      const root = `${home}/tree`;
      await plant(root, {
        directories: ["d", "d/e", "f"],
        files: ["a", "#b", "d/e/c", "d/x", "f/y"],
      });
      const names = encodeName("; no\r\n//a\n\n./#b\n#b\nd//e/c\n/f\n./a\n");
      Deno.writeFileSync(`${root}.names`, names);
      const list = parseNameList(names, { nul: false, name: "names" });
      const listed = [...list.entries.map((entry) => entry.path), ...list.parents];
      const taken = await rsyncKeeps(root, ["--no-r", `--files-from=${root}.names`]);
      assert.deepEqual(
        listed.sort(compareNames),
        taken.map((path) => path.replace(/\/$/, "")).sort(compareNames),
      );
    } finally {
      Deno.removeSync(home, { recursive: true });
    }
  },
});
