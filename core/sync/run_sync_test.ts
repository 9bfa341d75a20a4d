import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { createFaultySystem } from "#core/system/faulty_system.ts";
import { openInlineSystem } from "#core/system/memory_system.ts";
import type { OrbitSystem } from "#core/system/system.ts";
import { openTestBed, runOn, type TestBed, writeFile } from "./test_bed.ts";

/** The bed's system, with something happening before each transfer. */
function withTransfers(
  bed: TestBed,
  before: (signal: AbortSignal | undefined) => void | Promise<void>,
): OrbitSystem {
  return new Proxy(bed.system, {
    get(system, key) {
      if (key === "transferTo") {
        return async (...args: Parameters<OrbitSystem["transferTo"]>) => {
          await before(args[2]?.signal);
          return await system.transferTo(system, args[1], args[2]);
        };
      }
      const value = Reflect.get(system, key);
      return typeof value === "function" ? value.bind(system) : value;
    },
  });
}

Deno.test("runSync copies, verifies and reports complete", async () => {
  await using bed = await openTestBed();
  writeFile(bed.source, "a", "content");
  const { outcome, totals } = await runOn(bed, {});
  assert.equal(outcome, "complete");
  assert.deepEqual([totals.copiedFiles, totals.copiedBytes, totals.verifiedBytes], [1, 7, 7]);
  assert.equal(bed.destination.facts("a")?.size, 7);
});

Deno.test("runSync reports vanished when a source file goes while it runs", async () => {
  await using bed = await openTestBed();
  writeFile(bed.source, "a", "content");
  writeFile(bed.source, "b", "content");
  const source = withTransfers(bed, () => {
    if (bed.source.facts("a") !== null) bed.source.removeFile("a");
  });
  const { outcome, totals } = await runOn(bed, {}, { source });
  assert.equal(outcome, "vanished");
  assert.deepEqual([totals.vanished, totals.copiedFiles, totals.failed], [1, 1, 0]);
});

Deno.test("runSync gives up when nothing moves for the time allowed", async () => {
  await using bed = await openTestBed();
  writeFile(bed.source, "a", "content");
  let advancing: Promise<void> | undefined;
  const source = withTransfers(bed, async (signal) => {
    advancing = bed.clock.advance(10_000);
    await advancing;
    if (!signal!.aborted) {
      await new Promise((resolve) => signal!.addEventListener("abort", resolve));
    }
    throw signal!.reason;
  });
  const { outcome } = await runOn(bed, { timeoutMs: 20 }, { source });
  assert.equal(outcome, "timeout");
  // The run may end while time still moves on.
  await advancing;
});

Deno.test("runSync stops deleting at the limit, and keeps what the guard refuses", async () => {
  await using bed = await openTestBed();
  for (const name of ["a", "b", "c"]) writeFile(bed.destination, name, "x");
  assert.equal((await runOn(bed, { delete: true })).outcome, "delete-limit");
  assert.notEqual(bed.destination.facts("a"), null);
  const some = await runOn(bed, { delete: true, maxDelete: { count: 2 } });
  assert.deepEqual([some.outcome, some.totals.deleted], ["delete-limit", 2]);
  const rest = await runOn(bed, { delete: true, maxDelete: { count: 2 } });
  assert.deepEqual([rest.outcome, rest.totals.deleted], ["complete", 1]);
});

Deno.test("runSync keeps a directory that holds what the filter protects", async () => {
  await using bed = await openTestBed();
  bed.destination.makeDirectory("gone", 0o755);
  for (const name of ["gone/a", "gone/b.keep"]) writeFile(bed.destination, name, "x");
  const filter = [{ kind: "exclude" as const, pattern: "*.keep" }];
  const { outcome } = await runOn(bed, { delete: true, maxDelete: { percent: 100 }, filter });
  assert.equal(outcome, "complete");
  assert.equal(bed.destination.facts("gone/a"), null);
  assert.notEqual(bed.destination.facts("gone/b.keep"), null);
  const notes = bed.events.flatMap((event) => event.type === "note" ? [event.message] : []);
  assert.deepEqual(notes, ['keeping directory "gone": not empty']);
});

Deno.test("runSync reports nothing failed for directories that it was stopped at", async () => {
  await using bed = await openTestBed();
  bed.source.makeDirectory("d", 0o755);
  const controller = new AbortController();
  const destination: OrbitSystem = new Proxy(bed.system, {
    get(system, key) {
      const value = Reflect.get(system, key);
      if (key !== "perform") return typeof value === "function" ? value.bind(system) : value;
      return () => {
        controller.abort();
        const error = { code: "unavailable", message: "file work: cancelled", detail: {} };
        return Promise.resolve([{ bytes: 0, verified: 0, error }]);
      };
    },
  });
  const { outcome, totals } = await runOn(bed, {}, { destination, signal: controller.signal });
  assert.deepEqual([outcome, totals.failed], ["interrupted", 0]);
});

Deno.test("runSync makes directories again when the worker that was to make them died", async () => {
  await using bed = await openTestBed();
  bed.source.makeDirectory("d", 0o755);
  writeFile(bed.source, "d/file", "content");
  let deaths = 2;
  const destination: OrbitSystem = new Proxy(bed.system, {
    get(system, key) {
      const value = Reflect.get(system, key);
      if (key !== "perform") return typeof value === "function" ? value.bind(system) : value;
      return async (...args: Parameters<OrbitSystem["perform"]>) => {
        if (deaths-- > 0) {
          throw new OrbitError("unavailable", "file worker: died", { detail: { retryable: true } });
        }
        return await system.perform(...args);
      };
    },
  });
  const source: OrbitSystem = new Proxy(bed.system, {
    get(system, key) {
      const value = Reflect.get(system, key);
      if (key !== "transferTo") return typeof value === "function" ? value.bind(system) : value;
      return (...[, ...rest]: Parameters<OrbitSystem["transferTo"]>) =>
        system.transferTo(system, ...rest);
    },
  });
  const { outcome, totals } = await runOn(bed, {}, { source, destination });
  assert.deepEqual([outcome, totals.created.directories], ["complete", 1]);
  assert.notEqual(bed.destination.facts("d/file"), null);
});

Deno.test("runSync leaves nothing of a large file that it gave up", async () => {
  await using bed = await openTestBed();
  const [path, size] = ["large", 80 << 20];
  writeFile(bed.source, path, "content");
  {
    using file = bed.source.openForWriting(path);
    file.truncate(size);
  }
  // Its first bytes are never what was sent; the segments behind them are.
  const source = createFaultySystem(bed.system, {
    mutatePiece: (parcel) => {
      const at = parcel.findIndex((_, at) =>
        at + 7 < parcel.length && textOf(parcel, at) === "content"
      );
      return [at < 0 ? parcel : parcel.with(at, 1)];
    },
  });
  await using destination = await openInlineSystem(bed.disk);
  let isOver = false;
  const run = runOn(bed, { partial: {} }, { source, destination }).finally(() => isOver = true);
  // Tries again come when their time has.
  while (!isOver) {
    await bed.clock.advance(1000);
    await new Promise((turn) => setTimeout(turn));
  }
  const report = await run;
  assert.deepEqual([report.outcome, report.totals.failed], ["partial", 1]);
  assert.deepEqual([...(await destination.scanDirectory("/destination"))], []);
});

function textOf(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 7));
}

/** The bed's system, which rejects transfers that begin with an action of that kind. */
function rejecting({ system }: TestBed, kind: string, error: OrbitError): OrbitSystem {
  return new Proxy(system, {
    get(_, key) {
      const value = Reflect.get(system, key);
      if (key !== "transferTo") return typeof value === "function" ? value.bind(system) : value;
      return (...[, request, how]: Parameters<OrbitSystem["transferTo"]>) =>
        request.actions[0].kind === kind
          ? Promise.reject(error)
          : system.transferTo(system, request, how);
    },
  });
}

Deno.test("runSync names each file of a batch that fails as a whole, and isn't complete then", async () => {
  await using bed = await openTestBed();
  for (const name of ["a", "b"]) writeFile(bed.source, name, "content");
  const source = rejecting(bed, "copy", new OrbitError("internal", "nobody is there"));
  const { outcome, totals, troubles } = await runOn(bed, {}, { source });
  assert.deepEqual([outcome, totals.failed, totals.copiedFiles], ["partial", 2, 0]);
  assert.deepEqual(troubles.map(({ path, error }) => [path, error.message]).sort(), [
    ...[["a", "nobody is there"], ["b", "nobody is there"]],
  ]);
});

Deno.test("runSync tells what fails where nothing is tried again, though it might pass", async () => {
  await using bed = await openTestBed();
  writeFile(bed.source, "a", "content");
  writeFile(bed.destination, "b", "content");
  const busy = new OrbitError("internal", "busy", { detail: { retryable: true } });
  const source = rejecting(bed, "delete", busy);
  const options = { delete: true, maxDelete: { percent: 100 } };
  const { outcome, totals, troubles } = await runOn(bed, options, { source });
  assert.deepEqual([outcome, totals.failed, totals.deleted], ["partial", 1, 0]);
  assert.equal(troubles[0].path, "b");
});
