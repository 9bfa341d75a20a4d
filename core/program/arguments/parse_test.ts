import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import type { Option } from "./option.ts";
import { expectPositionals, parseLine, spellingsOf } from "./parse.ts";

type Log = string[];

const options: Option<Log>[] = [
  option({ name: "all", short: "a" }, true),
  option({ name: "brief", short: "b" }),
  option({ short: "D" }, true),
  option({ name: "suffix", short: "s", value: "TEXT" }),
  option({ name: "exclude", value: "PATTERN" }),
  option({ name: "zero", short: "0" }),
];

function option(base: Partial<Option<Log>>, negatable = false): Option<Log> {
  const name = base.name ?? base.short!;
  return {
    group: "",
    help: "",
    ...base,
    apply: (log, value) => log.push(base.value === undefined ? name : `${name}=${value}`),
    ...(negatable ? { negate: (log: Log) => log.push(`no-${name}`) } : {}),
  };
}

function parse(...args: string[]): string[] {
  const log: Log = [];
  const { positionals } = parseLine(args, options, log, new Map([["-z", "one machine"]]));
  return [...log, ...positionals.map((each) => `<${each}>`)];
}

function refusal(...args: string[]): string {
  try {
    parse(...args);
  } catch (error) {
    assert(error instanceof OrbitError);
    assert.equal(error.code, "invalid");
    return error.message;
  }
  return assert.fail(`accepted: ${args.join(" ")}`);
}

Deno.test("parseLine takes bundled letters, both value forms and -- in order", () => {
  const cases: [args: string[], expected: string[]][] = [
    [["-ab", "x"], ["all", "brief", "<x>"]],
    [["x", "-D", "y"], ["D", "<x>", "<y>"]],
    [["--exclude=a=b", "--exclude", "-c"], ["exclude=a=b", "exclude=-c"]],
    [["--exclude="], ["exclude="]],
    [["-as", "v", "-sw", "-0b"], ["all", "suffix=v", "suffix=w", "zero", "brief"]],
    [["-a", "--no-a", "--no-all", "--no-D"], ["all", "no-all", "no-all", "no-D"]],
    [["-b", "--", "-a", "--nope"], ["brief", "<-a>", "<--nope>"]],
    [["-"], ["<->"]],
  ];
  for (const [args, expected] of cases) assert.deepEqual(parse(...args), expected);
});

Deno.test("parseLine refuses by name", () => {
  assert.equal(refusal("--exclde=x"), "--exclde: unknown option; did you mean --exclude?");
  assert.equal(refusal("-abq"), "-q: unknown option");
  assert.equal(refusal("-az"), "-z: not supported: one machine");
  assert.equal(refusal("--no-z"), "--no-z: not supported: nothing to turn off, as it is never on");
  assert.equal(refusal("--all=1"), "--all: takes no value");
  assert.equal(refusal("--no-all=1"), "--no-all: takes no value");
  assert.equal(refusal("--suffix"), "--suffix: needs a value (TEXT)");
  assert.equal(refusal("--D"), "--D: unknown option; did you mean -D?");
  assert.equal(refusal("--no-brief"), "--no-brief: unknown option");
  assert.equal(refusal("--__proto__"), "--__proto__: unknown option");
  assert.equal(refusal("--\x1b[2J"), "--\\x1b[2J: unknown option");
});

Deno.test("parseLine gives help before anything else is looked at", () => {
  assert.equal(parseLine(["--nope", "--help"], options, []).help, true);
  assert.equal(parseLine(["--", "--help"], options, []).help, false);
});

Deno.test("expectPositionals refuses too few and too many", () => {
  expectPositionals(["a"], { least: 1, most: 1, form: "PATH" });
  assert.throws(() => expectPositionals([], { least: 1, most: 1, form: "PATH" }), /needs PATH/);
  assert.throws(() => expectPositionals(["a", "b"], { most: 1, form: "PATH" }), /"b": takes PATH/);
});

Deno.test("spellingsOf lists letters, names and negations", () => {
  assert.deepEqual(spellingsOf(options.slice(0, 3)), [
    ...["-a", "--all", "--no-all", "--no-a"],
    ...["-b", "--brief"],
    ...["-D", "--no-D"],
  ]);
});
