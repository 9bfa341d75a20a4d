import assert from "node:assert/strict";
import { orbit } from "./registry.ts";
import { ExitCode, exitCodeOfError } from "#core/program/exit_codes.ts";
import { exitCodeOfReport } from "#core/sync/exit_code.ts";
import { programHelp } from "#core/program/help.ts";

Deno.test("exitCodeOfReport gives each outcome its own status, and a failed run its error's", () => {
  assert.equal(exitCodeOfReport({ outcome: "complete" }), 0);
  assert.equal(exitCodeOfReport({ outcome: "interrupted" }), 20);
  assert.equal(exitCodeOfReport({ outcome: "partial" }), 23);
  assert.equal(exitCodeOfReport({ outcome: "vanished" }), 24);
  assert.equal(exitCodeOfReport({ outcome: "delete-limit" }), 25);
  assert.equal(exitCodeOfReport({ outcome: "timeout" }), 30);
  const error = { code: "not_found", message: "", detail: {} } as const;
  assert.equal(exitCodeOfReport({ outcome: "failed", error }), 3);
  assert.equal(exitCodeOfReport({ outcome: "failed" }), 11);
});

Deno.test("exitCodeOfError tells the command line, the files and the system apart", () => {
  assert.equal(exitCodeOfError("invalid"), 1);
  assert.equal(exitCodeOfError("conflict"), 3);
  assert.equal(exitCodeOfError("exhausted"), 11);
});

Deno.test("the program's help lists every exit status", () => {
  const help = programHelp(orbit, [{ name: "sync", summary: "s" }]);
  for (const status of Object.values(ExitCode)) {
    assert.match(help, new RegExp(`^ +${status}  \\w`, "m"));
  }
});
