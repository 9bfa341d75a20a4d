import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { classify, defaultTable, extendTable, type SemanticRule, SemanticTable } from "./mod.ts";
import { DEFAULT_RULES } from "./default_rules.ts";

Deno.test("extendTable adds and overrides, and leaves the base alone", () => {
  const table = extendTable([
    { priority: "critical", reason: "run", extensions: ["RUN"], names: ["Experiment"] },
    { priority: "low", reason: "scratch", directories: ["scratch"], extensions: ["pdf"] },
    { priority: "high", reason: "probe", magic: [{ offset: 300, bytes: Uint8Array.of(0xff) }] },
  ]);
  assert.equal(table.classify("1.run").priority, "critical");
  assert.equal(table.classify("EXPERIMENT").priority, "critical");
  assert.equal(table.classify("scratch/a.bin").priority, "low");
  assert.equal(table.classify("a.pdf").priority, "low");
  assert.equal(table.classify("a.docx").priority, "high");
  assert.equal(table.headerBytes, 301);
  assert.equal(table.classify("x", new Uint8Array(301).fill(0xff)).reason, "probe");
  assert.equal(classify("a.pdf").priority, "high");
  assert.equal(defaultTable.headerBytes, 262);
});

Deno.test("SemanticTable lets the later of two rules win, for headers too", () => {
  const rule = (reason: string): SemanticRule => ({
    priority: "high",
    reason,
    names: ["n"],
    magic: [{ offset: 0, bytes: "M" }],
  });
  const table = new SemanticTable([rule("first"), rule("second")]);
  assert.equal(table.classify("n").reason, "second");
  assert.equal(table.classify("x", Uint8Array.of(0x4d)).reason, "second");
});

Deno.test("SemanticTable judges each path alike, whatever it was asked before", () => {
  const paths = ["tmp/a.pdf", "tmq/a.pdf", "tmp/a.pdf", "/a.pdf", "a/tmp/b.pdf", "a/tm/b.pdf"];
  const verdicts = paths.map((path) => defaultTable.classify(path).priority);
  assert.deepEqual(verdicts, ["low", "high", "low", "high", "low", "high"]);
});

Deno.test("SemanticTable keeps its own copy of what it was given", () => {
  const bytes = Uint8Array.of(1);
  const rules: SemanticRule[] = [{ priority: "high", reason: "r", magic: [{ offset: 0, bytes }] }];
  const table = new SemanticTable(rules);
  bytes[0] = 2;
  rules.pop();
  assert.equal(table.classify("x", Uint8Array.of(1)).reason, "r");
  assert.equal(table.rules.length, 1);
  assert.throws(() => Object.assign(table.classify("x"), { priority: "low" }), TypeError);
});

const REFUSED: [title: string, rule: Partial<SemanticRule>][] = [
  ["an unknown priority", { priority: "urgent" as never }],
  ["a path as a name", { names: ["a/b"] }],
  ["an empty name", { names: [""] }],
  ["an empty directory", { directories: [""] }],
  ["an extension with its dot", { extensions: [".txt"] }],
  ["two extensions in one", { extensions: ["tar.gz"] }],
  ["an empty extension", { extensions: [""] }],
  ["an extension that reads as a backup", { extensions: ["txt~"] }],
  ["an empty magic", { magic: [{ offset: 0, bytes: "" }] }],
  ["a magic before the file", { magic: [{ offset: -1, bytes: "a" }] }],
  ["a magic too far away", { magic: [{ offset: 65_536, bytes: "a" }] }],
  ["a magic that isn't bytes", { magic: [{ offset: 0, bytes: "☃" }] }],
];

for (const [title, part] of REFUSED) {
  Deno.test(`SemanticTable refuses ${title}`, () => {
    assert.throws(
      () => new SemanticTable([{ priority: "high", reason: "r", ...part }]),
      (error) => error instanceof OrbitError && error.code === "invalid",
    );
  });
}

Deno.test("DEFAULT_RULES name nothing twice", () => {
  for (const kind of ["names", "extensions", "directories"] as const) {
    const all = DEFAULT_RULES.flatMap((rule) => rule[kind] ?? []);
    const repeated = all.filter((text, i) => all.indexOf(text) !== i);
    assert.deepEqual(repeated, [], kind);
  }
});
