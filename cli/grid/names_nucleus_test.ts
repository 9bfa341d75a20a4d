import assert from "node:assert/strict";
import { moveLeadingOptions } from "./leading.ts";
import { namesGridJobs, namesNucleus, needsNetwork } from "./names_nucleus.ts";

Deno.test("namesNucleus finds the option, and nothing behind --", () => {
  assert.ok(namesNucleus(["list", "--nucleus", "x"]));
  assert.ok(namesNucleus(["--nucleus=x"]));
  assert.ok(!namesNucleus(["list", "--", "--nucleus=x"]));
  assert.ok(!namesNucleus(["--nucleusx", "nucleus"]));
});

Deno.test("namesGridJobs knows what is done with a grid's jobs only", () => {
  for (const line of ["run hash a:/b", "--json watch 1", "list --nucleus=saved", "results 1"]) {
    assert.ok(namesGridJobs(line.split(" ")), line);
  }
  for (const line of ["", "list", "show run", "resume 1 --json"]) {
    assert.ok(!namesGridJobs(line.split(" ")), line);
  }
});

Deno.test("needsNetwork is for lines about a grid only", () => {
  for (
    const line of [
      "stars",
      "tokens list",
      "audit",
      "nucleus add x",
      "jobs --nucleus=saved",
      "jobs run scan a:/b",
    ]
  ) {
    assert.ok(needsNetwork(line.split(" ")), line);
  }
  for (const line of ["sync a b", "jobs", "jobs list", "scan stars", "--help", ""]) {
    assert.ok(!needsNetwork(line.split(" ")), line);
  }
});

Deno.test("moveLeadingOptions puts options behind the command that they are for", () => {
  const cases: [line: string, moved: string][] = [
    ["--nucleus=u stars list", "stars --nucleus=u list"],
    ["--nucleus u --fingerprint f stars", "stars --nucleus u --fingerprint f"],
    ["--token-file=t --nucleus u jobs run", "jobs --token-file=t --nucleus u run"],
  ];
  for (const [line, moved] of cases) {
    assert.equal(moveLeadingOptions(line.split(" ")).join(" "), moved);
  }
  assert.throws(
    () => moveLeadingOptions(["--delete", "sync"]),
    /--delete: no option stands before/,
  );
  assert.throws(() => moveLeadingOptions(["--nucleus=u"]), /which command\?/);
  assert.throws(() => moveLeadingOptions(["--nucleus"]), /which command\?/);
});
