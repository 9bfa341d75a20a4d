import assert from "node:assert/strict";
import { systemClock } from "#core/clock.ts";
import { type ErrorData, systemError, toErrorData } from "#core/errors.ts";
import type { Action, ActionResult, OrbitSystem, TransferRequest } from "#core/system/system.ts";
import { expectSame, options, put } from "./renames_help.ts";
import { openTestBed, runOn, type TestBed } from "./test_bed.ts";

/** The bed's system, with something happening before each transfer. */
function withTransfers(
  { system }: TestBed,
  before: (request: TransferRequest) => void,
): OrbitSystem {
  return new Proxy(system, {
    get(_, key) {
      const value = Reflect.get(system, key);
      if (key !== "transferTo") return typeof value === "function" ? value.bind(system) : value;
      return (...[, request, how]: Parameters<OrbitSystem["transferTo"]>) => {
        before(request);
        return system.transferTo(system, request, how);
      };
    },
  });
}

Deno.test("a file that changes before it is moved is copied, and the changed one goes", async () => {
  await using bed = await openTestBed();
  put(bed.destination, "old/file", "text");
  put(bed.destination, "old/other", "more");
  put(bed.source, "new/file", "text");
  put(bed.source, "new/other", "more");
  let changes = 1;
  const source = withTransfers(bed, () => {
    if (changes-- <= 0) return;
    using handle = bed.destination.openForWriting("old/file");
    handle.write(new TextEncoder().encode("changed"), 0);
  });
  const { outcome, totals } = await runOn(bed, options, { source });
  assert.equal(outcome, "complete");
  assert.deepEqual([totals.copiedFiles, totals.renamedFiles, totals.deleted], [1, 1, 2]);
  await expectSame(bed);
});

Deno.test("what comes under the new name meanwhile is replaced as by any copy", async () => {
  await using bed = await openTestBed();
  put(bed.destination, "old", "text");
  put(bed.source, "new", "text");
  const source = withTransfers(bed, () => {
    if (bed.destination.facts("new") === null) put(bed.destination, "new", "else");
  });
  assert.equal((await runOn(bed, options, { source })).outcome, "complete");
  await expectSame(bed);
});

Deno.test("a file that was left with both names keeps the new one", async () => {
  await using bed = await openTestBed();
  put(bed.destination, "old", "text");
  bed.destination.makeHardLink("old", "new");
  put(bed.source, "new", "text");
  const { outcome, totals } = await runOn(bed, options);
  assert.deepEqual([outcome, totals.copiedFiles, totals.deleted], ["complete", 0, 1]);
  await expectSame(bed);
});

/** The bed's system, on which some actions fail. */
function withFailures(
  { system }: TestBed,
  failure: (action: Action) => ErrorData | undefined,
): OrbitSystem {
  return new Proxy(system, {
    get(_, key) {
      const value = Reflect.get(system, key);
      if (key !== "transferTo") return typeof value === "function" ? value.bind(system) : value;
      return async (...[, request, how]: Parameters<OrbitSystem["transferTo"]>) => {
        const results: ActionResult[] = [];
        for (const action of request.actions) {
          const error = failure(action);
          if (error === undefined) {
            const one = { ...request, actions: [action] };
            results.push(...await system.transferTo(system, one, how));
          } else results.push({ bytes: 0, verified: 0, error });
        }
        return results;
      };
    },
  });
}

const trouble = (errno: string, more: ErrorData["detail"] = {}): ErrorData => {
  const { detail, ...error } = toErrorData(systemError(errno, "copy", "new"));
  return { ...error, detail: { ...detail, ...more } };
};

for (const error of [trouble("ENOSPC"), trouble("EIO", { retryable: true })]) {
  const { errno } = error.detail;
  Deno.test(`what is copied in the place of a rename is there in the end, after ${errno}`, async () => {
    await using bed = await openTestBed();
    put(bed.destination, "old", "text");
    put(bed.source, "new", "text");
    let failures = 1;
    const source = withFailures(bed, ({ kind }) => {
      if (kind === "rename") return trouble("EPERM");
      return kind === "copy" && failures-- > 0 ? error : undefined;
    });
    const services = { source, clock: systemClock };
    const { outcome, totals, troubles } = await runOn(bed, options, services);
    assert.equal(outcome, "complete", JSON.stringify(troubles));
    const { plannedFiles, copiedFiles, renamedFiles, deleted } = totals;
    assert.deepEqual([plannedFiles, copiedFiles, renamedFiles, deleted], [1, 1, 0, 1]);
    await expectSame(bed);
  });
}
