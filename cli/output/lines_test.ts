import assert from "node:assert/strict";
import type { PlannedAction } from "#core/sync/events.ts";
import { action, hostileNames } from "./fixtures.ts";
import { actionLine } from "./lines.ts";
import { escapeMessage, troubleLine } from "#core/program/output/message.ts";

const quietly = { itemize: false, verbosity: 0, quiet: false };
const itemize = { ...quietly, itemize: true };
const verbose = { ...quietly, verbosity: 1 };
const veryVerbose = { ...quietly, verbosity: 2 };

const directory = { kind: "directory", path: "d", itemized: "cd+++++++++", mode: 0o40755 } as const;
const link = {
  kind: "link",
  path: "l",
  itemized: "cL+++++++++",
  mode: 0o120777,
  target: "../t",
} as const;
const removal = { kind: "delete", path: "old", itemized: "*deleting  ", mode: 0o100644 } as const;

Deno.test("actionLine itemises as rsync does", () => {
  const cases: [Partial<PlannedAction>, string][] = [
    [{}, ">f+++++++++ a"],
    [directory, "cd+++++++++ d/"],
    [{ ...directory, path: "", itemized: ".d..t......" }, ".d..t...... ./"],
    [link, "cL+++++++++ l -> ../t"],
    [{ kind: "hardlink", itemized: "hf+++++++++", target: "b" }, "hf+++++++++ a => b"],
    [removal, "*deleting   old"],
    [{ ...removal, mode: 0o40755 }, "*deleting   old/"],
    [{ ...removal, itemized: "*deleting" }, "*deleting   old"],
    [{ kind: "attributes", itemized: ".f...p....." }, ".f...p..... a"],
  ];
  for (const [change, line] of cases) assert.equal(actionLine(action(change), itemize), line);
});

Deno.test("actionLine names with -v what rsync -v names, and gives reasons with -vv", () => {
  assert.equal(actionLine(action(), quietly), undefined);
  assert.equal(actionLine(action(), verbose), "a");
  assert.equal(actionLine(action(directory), verbose), "d/");
  assert.equal(actionLine(action(link), verbose), "l -> ../t");
  assert.equal(actionLine(action(removal), verbose), "deleting old");
  assert.equal(actionLine(action({ kind: "attributes" }), verbose), undefined);
  assert.equal(actionLine(action({ kind: "skip" }), verbose), undefined);
  assert.equal(actionLine(action(), veryVerbose), "a: is missing");
  assert.equal(actionLine(action({ kind: "skip" }), veryVerbose), "skipping a: is missing");
  assert.equal(actionLine(action(), { ...verbose, itemize: true, quiet: true }), undefined);
});

Deno.test("actionLine shows hostile names on one safe line", () => {
  for (const [name, shown] of hostileNames) {
    assert.equal(actionLine(action({ path: name }), itemize), `>f+++++++++ ${shown}`);
    const linked = action({ ...link, target: name });
    assert.equal(actionLine(linked, itemize), `cL+++++++++ l -> ${shown}`);
  }
});

Deno.test("troubleLine is one safe line that names the path once", () => {
  for (const [name, shown] of hostileNames) {
    const error = { code: "denied", message: "permission denied", detail: {} } as const;
    assert.equal(troubleLine(name, error), `orbit: "${shown}": permission denied`);
  }
  const named = { code: "denied", message: 'open "a/b": permission denied', detail: {} } as const;
  assert.equal(troubleLine("a/b", named), 'orbit: open "a/b": permission denied');
});

Deno.test("escapeMessage keeps backslashes and nothing dangerous", () => {
  assert.equal(escapeMessage('open "a\\nb": gone'), 'open "a\\nb": gone');
  assert.equal(escapeMessage("a\nb\x1b\u202e"), "a\\nb\\x1b\\u{202e}");
});
