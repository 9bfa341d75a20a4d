import assert from "node:assert/strict";
import type { Explanation } from "#core/sync/events.ts";
import { explanationLines } from "./explanation.ts";
import { action, hostileNames } from "./fixtures.ts";
import { createJsonEncoder } from "./json.ts";

const facts = {
  kind: "file" as const,
  permissions: 0o644,
  size: 12,
  uid: 1,
  gid: 2,
  mtime: 1_000_000_000,
  mtimeNs: 5,
};

Deno.test("explanationLines shows the filter, both sides and the plan", () => {
  const lines = explanationLines({
    path: "a/b.txt",
    filter: {
      verdict: "exclude",
      rule: { kind: "exclude", pattern: "a/" },
      index: 2,
      ancestor: "a",
    },
    source: facts,
    action: action(),
    conclusion: "would be copied: new",
  });
  assert.deepEqual(lines, [
    "a/b.txt",
    '  filter:      excluded by rule 3: - a/, which matches "a" above it',
    "  source:      file, 12 bytes, mode 0644, owner 1:2, modified 2001-09-09T01:46:40.000000005Z",
    "  destination: nothing",
    "  plan:        >f+++++++++  would be copied: new",
  ]);
});

Deno.test("explanationLines shows a time that a date can't hold", () => {
  const explanation: Explanation = {
    path: "a",
    filter: { verdict: "include" },
    destination: { ...facts, mtime: 2 ** 53 },
    conclusion: "x",
  };
  assert.match(explanationLines(explanation)[3], /modified @9007199254740992\.000000005/);
});

Deno.test("explanations show hostile names safely, and exactly in JSON", () => {
  const encode = createJsonEncoder();
  for (const [path, shown] of hostileNames) {
    const explanation: Explanation = {
      path,
      filter: { verdict: "include" },
      source: { ...facts, kind: "link", target: path },
      conclusion: "x",
    };
    const lines = explanationLines(explanation);
    assert.equal(lines[0], shown);
    assert.ok(lines[2].endsWith(` -> ${shown}`));
    const record = JSON.parse(encode({ type: "explain", explanation }));
    assert.equal(record.explanation.path, path);
    assert.equal(record.explanation.source.target, path);
  }
});
