import assert from "node:assert/strict";
import fc from "fast-check";
import { OrbitError } from "#core/errors.ts";
import { compileFilter } from "./filter.ts";
import { appendRules, type FilterRule, parseRule } from "./rule.ts";

/** A list as rsync's short filter rules write it: `+ PATTERN`, `- PATTERN`. */
function rulesOf(...lines: string[]): FilterRule[] {
  return lines.reduce<FilterRule[]>(
    (list, line) => appendRules(list, parseRule(line, "exclude")),
    [],
  );
}

/** Which of the paths a walk would reach; a final slash marks a directory. */
function kept(rules: FilterRule[], paths: string[]): string[] {
  const filter = compileFilter(rules);
  return paths.filter((path) => {
    const isDirectory = path.endsWith("/");
    const name = isDirectory ? path.slice(0, -1) : path;
    return filter.explain(name, isDirectory).verdict === "include";
  });
}

/** One pattern, the entries it excludes and the ones it doesn't. */
const patterns: readonly [pattern: string, excludes: string[], keeps: string[]][] = [
  // rsync(1), "Here are some examples of exclude/include matching".
  ["*.o", ["a.o", "x/y/a.o", "dir.o/"], ["a.os", "a.o.c"]],
  ["/foo", ["foo", "foo/"], ["x/foo", "food"]],
  ["foo/", ["foo/", "x/foo/"], ["foo", "x/foo"]],
  ["foo/*/bar", ["foo/x/bar", "foo/x/bar/", "a/foo/x/bar"], ["foo/bar", "foo/x/y/bar"]],
  ["/foo/**/bar", ["foo/x/bar", "foo/x/y/bar"], ["foo/bar", "a/foo/x/bar"]],
  // The forms its text describes.
  ["foo", ["foo", "x/foo", "x/foo/"], ["food", "afoo"]],
  ["foo/bar", ["foo/bar", "a/foo/bar"], ["foo/bar2", "afoo/bar", "bar"]],
  ["dir/***", ["dir/", "dir/a", "dir/a/b", "x/dir/", "x/dir/a"], ["dir", "adir/"]],
  ["/dir/***", ["dir/", "dir/a"], ["dir", "x/dir/"]],
  ["dir/**", ["dir/a", "dir/a/b"], ["dir/", "dir"]],
  ["foo\\bar", ["foo\\bar"], ["foobar"]],
  ["foo\\bar*", ["foobar", "foobarn"], ["foo\\bar"]],
  ["foo\\\\bar*", ["foo\\bar", "foo\\bars"], ["foobar"]],
  ["foo\\*", ["foo*"], ["foo\\x", "foox"]],
  // Corners.
  ["**/foo", ["foo", "x/foo", "x/y/foo"], ["xfoo"]],
  ["**foo", ["foo", "xfoo", "x/yfoo"], ["foox"]],
  ["a**", ["a", "ab", "a/b", "x/ab/"], ["ba", "x/"]],
  ["b**d", ["bd", "b/d", "x/b/c/d", "x/bd"], ["ab/d"]],
  ["/*", ["a", "b/"], ["c/a"]],
  ["*/", ["a/", "b/c/"], ["a"]],
  ["/*/", ["a/"], ["a", "c/a/"]],
  ["/", [], ["a", "a/"]],
  ["//", [], ["a", "a/"]],
  ["a//", [], ["a", "a/"]],
  ["a/b/c", ["a/b/c", "x/a/b/c"], ["b/c", "c", "xa/b/c"]],
  ["?/c", ["b/c", "a/b/c"], ["bb/c", "c"]],
  ["[[:upper:]]*", ["Abc", "x/Y"], ["abc"]],
  ["Foo", ["Foo"], ["foo", "FOO"]],
  ["foo ", ["foo "], ["foo"]],
  ["x[/y]", [], ["xy", "x/y", "a/xy"]],
  ["caf?", [], ["café", "cafes"]],
  ["caf??", ["café"], ["cafés"]],
  ["bad\udcff", ["bad\udcff", "x/bad\udcff"], ["badÿ"]],
];

for (const [pattern, excludes, keeps] of patterns) {
  Deno.test(`compileFilter: ${JSON.stringify(pattern)} excludes what rsync excludes`, () => {
    const filter = compileFilter([{ kind: "exclude", pattern }]);
    const decide = (path: string) => filter.decide(path.replace(/\/$/, ""), path.endsWith("/"));
    for (const path of excludes) assert.equal(decide(path), "exclude", path);
    for (const path of keeps) assert.equal(decide(path), "include", path);
  });
}

Deno.test("compileFilter follows the lists of rsync's manual", () => {
  const tree = ["x/", "x/file.txt", "x/y/", "x/y/file.txt", "x/y/zzz.txt", "x/z/", "x/z/file.txt"];
  assert.deepEqual(
    kept(rulesOf("+ x/", "+ x/y/", "+ x/y/file.txt", "- *"), tree),
    ["x/", "x/y/", "x/y/file.txt"],
  );
  assert.deepEqual(
    kept(rulesOf("+ file.txt", "- *"), ["file.txt", "y/", "y/file.txt"]),
    ["file.txt"],
  );
  assert.deepEqual(
    kept(rulesOf("- zzz.txt"), tree),
    tree.filter((path) => path !== "x/y/zzz.txt"),
  );
  assert.deepEqual(
    kept(rulesOf("+ */", "+ *.c", "- *"), ["a/", "a/b/", "a/b/m.c", "a/b/m.h", "n.c", "o"]),
    ["a/", "a/b/", "a/b/m.c", "n.c"],
  );
  assert.deepEqual(
    kept(rulesOf("+ foo/", "+ foo/bar.c", "- *"), ["foo/", "foo/bar.c", "foo/x", "bar.c"]),
    ["foo/", "foo/bar.c"],
  );
});

Deno.test("compileFilter lets the first match win between names and wildcards", () => {
  const filter = compileFilter(rulesOf("+ keep.o", "- *.o", "- keep.o", "+ a.o", "- /d", "+ d/"));
  assert.equal(filter.decide("keep.o", false), "include");
  assert.equal(filter.decide("x/a.o", false), "exclude");
  assert.equal(filter.decide("d", true), "exclude");
  assert.equal(filter.decide("x/d", true), "include");
  assert.deepEqual(
    filter.explain("a.o", false),
    { verdict: "exclude", rule: { kind: "exclude", pattern: "*.o" }, index: 1 },
  );
});

Deno.test("explain names the excluded directory that hides an entry", () => {
  const filter = compileFilter(rulesOf("+ wanted", "- build/"));
  assert.deepEqual(filter.explain("a/build/b/wanted", false), {
    verdict: "exclude",
    rule: { kind: "exclude", pattern: "build/" },
    index: 1,
    ancestor: "a/build",
  });
  assert.equal(filter.decide("a/build/b/wanted", false), "include");
  assert.deepEqual(filter.explain("a/other", false), { verdict: "include" });
});

Deno.test("a filter without rules is empty, and the root itself is never excluded", () => {
  assert.equal(compileFilter([]).isEmpty, true);
  const all = compileFilter(rulesOf("- *", "- **"));
  assert.equal(all.isEmpty, false);
  assert.equal(all.decide("", true), "include");
  assert.equal(all.decide("a", false), "exclude");
});

Deno.test("compileFilter doesn't notice a list that changes afterwards", () => {
  const rules = rulesOf("- a");
  const filter = compileFilter(rules);
  rules[0] = { kind: "include", pattern: "a" };
  assert.equal(filter.decide("a", false), "exclude");
});

Deno.test("compileFilter refuses rules that can't mean anything", () => {
  const invalid = (error: unknown) => error instanceof OrbitError && error.code === "invalid";
  for (const pattern of ["", "a\0b", "x".repeat(4_096), "é".repeat(2_048)]) {
    assert.throws(() => compileFilter([{ kind: "exclude", pattern }]), invalid);
  }
  assert.throws(() => compileFilter([{ kind: "skip" as "include", pattern: "a" }]), invalid);
  assert.doesNotThrow(() => compileFilter([{ kind: "exclude", pattern: "x".repeat(4_095) }]));
});

Deno.test("a list decides as the first of its rules that matches alone", () => {
  const piece = fc.constantFrom("a", "b", "/", "*", "a/b", "**", "/a", "b/");
  const rule = fc.record({
    kind: fc.constantFrom("include", "exclude") as fc.Arbitrary<FilterRule["kind"]>,
    pattern: fc.array(piece, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("")),
  });
  const path = fc.array(fc.constantFrom("a", "b", "ab"), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join("/"));
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 12 }),
      path,
      fc.boolean(),
      (rules, path, isDirectory) => {
        const first = rules.find((rule) =>
          compileFilter([{ kind: "exclude", pattern: rule.pattern }])
            .decide(path, isDirectory) === "exclude"
        );
        assert.equal(compileFilter(rules).decide(path, isDirectory), first?.kind ?? "include");
      },
    ),
    { numRuns: 1_000 },
  );
});
