import assert from "node:assert/strict";
import { decodeName } from "#core/names.ts";
import type { SyncEvent } from "#core/sync/events.ts";
import { action, hostileNames, report, totals } from "./fixtures.ts";
import { createJsonEncoder } from "./json.ts";

const error = {
  code: "denied",
  message: "no",
  detail: { path: "\udcff", errno: "EACCES" },
} as const;

const events: SyncEvent[] = [
  { type: "start", jobId: "0123456789ab", resumed: false },
  { type: "plan", action: action({ path: "\udcff", target: "t\udc80", kind: "hardlink" }) },
  { type: "done", action: action() },
  { type: "trouble", path: "x\udcfe", error, willRetry: false },
  { type: "progress", totals: totals(), current: "\udcff" },
  { type: "progress", totals: totals() },
  { type: "note", message: "remark" },
  {
    type: "end",
    report: report({ troubles: [{ path: "\udcff", error }], kept: ["\udcff"], error }),
  },
];

Deno.test("createJsonEncoder numbers lines under one schema", () => {
  const encode = createJsonEncoder();
  events.forEach((event, index) => {
    const line = encode(event);
    assert(!line.includes("\n"));
    const { schema, type, seq } = JSON.parse(line);
    assert.deepEqual([schema, type, seq], ["orbit.sync/1", event.type, index]);
    assert(line.startsWith('{"schema":"orbit.sync/1","type":'));
    assert(line.isWellFormed());
  });
});

Deno.test("createJsonEncoder gives exact bytes beside every name that isn't text", () => {
  const encode = createJsonEncoder();
  const [, plan, done, trouble, progress, plain, , end] = events.map((event) =>
    JSON.parse(encode(event))
  );
  assert.equal(plan.action.path, "\udcff");
  assert.equal(plan.action.pathBytes, "/w==");
  assert.equal(plan.action.targetBytes, "dIA=");
  assert.equal("pathBytes" in done.action, false);
  assert.equal(trouble.pathBytes, "eP4=");
  assert.equal(trouble.error.detail.pathBytes, "/w==");
  assert.equal(trouble.error.detail.errno, "EACCES");
  assert.equal(progress.currentBytes, "/w==");
  assert.equal("current" in plain, false);
  assert.equal(end.report.troubles[0].pathBytes, "/w==");
  assert.equal(end.report.error.detail.pathBytes, "/w==");
  assert.deepEqual(end.report.kept, [{ path: "\udcff", pathBytes: "/w==" }]);
});

Deno.test("createJsonEncoder brings hostile names through unharmed", () => {
  const encode = createJsonEncoder();
  for (const [name] of hostileNames) {
    const line = encode({ type: "plan", action: action({ path: name }) });
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(line, /[\x00-\x1f]/);
    const { path, pathBytes } = JSON.parse(line).action;
    assert.equal(path, name);
    if (pathBytes !== undefined) assert.equal(decodeName(Uint8Array.fromBase64(pathBytes)), name);
  }
});
