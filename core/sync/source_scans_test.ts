import assert from "node:assert/strict";
import fc from "fast-check";
import { OrbitError } from "#core/errors.ts";
import type { OrbitSystem, ScanRequest } from "#core/system/system.ts";
import { defaultSyncOptions, type SyncOptions } from "./options.ts";
import { dryRun } from "./run_sync.ts";
import { beginScans, readSources } from "./source_scans.ts";
import { openTestBed, prepareOn, requestFor, runOn, type TestBed, writeFile } from "./test_bed.ts";
import { makeTree, tree } from "./test_trees.ts";

const SOME = { everyFile: false };
const SOURCE = { base: "/source", scans: [{ recursive: true }], isRoot: true };

/** The bed's system, with each scan of the source told before its first batch. */
function withScans(bed: TestBed, onScan: () => void | Promise<void>): OrbitSystem {
  const scanTree = async function* (request: ScanRequest, options?: { signal?: AbortSignal }) {
    if (request.base === "/source") await onScan();
    yield* bed.system.scanTree(request, options);
  };
  return Object.assign(Object.create(bed.system), { scanTree });
}

async function pathsOf(readers: ReturnType<typeof readSources>): Promise<string[]> {
  const paths: string[] = [];
  for (const reader of readers) {
    for (let next = await reader.take(); next !== null; next = await reader.take()) {
      const { batch, part } = next;
      for (let row = part.from; row < part.to; row++) paths.push(batch.name(row));
    }
  }
  return paths;
}

Deno.test("beginScans scans at once, and the run that it is for scans nothing again", async () => {
  await using bed = await openTestBed();
  for (const name of ["a", "b"]) writeFile(bed.source, name, name);
  let scans = 0;
  const source = withScans(bed, () => void scans++);
  const { sync } = prepareOn(bed, requestFor());
  const begun = beginScans(sync, source, SOME);
  assert.ok(begun);
  assert.equal(scans, 1);
  const { outcome, totals } = await runOn(bed, {}, { source, begun });
  assert.deepEqual([outcome, totals.copiedFiles, scans], ["complete", 2, 1]);
});

Deno.test("files that the destination has alike are looked for where there may be any", async () => {
  await using bed = await openTestBed();
  writeFile(bed.source, "a", "a");
  const asked: ScanRequest[] = [];
  const scanTree: OrbitSystem["scanTree"] = (request, options) => {
    asked.push(request);
    return bed.system.scanTree(request, options);
  };
  const source: OrbitSystem = Object.assign(Object.create(bed.system), { scanTree });
  const looks = (options: Partial<SyncOptions> = {}, ends: object = {}) => {
    const { sync } = prepareOn(bed, requestFor(options, ends));
    beginScans(sync, source, SOME);
    return asked.at(-1)!.unlike !== undefined;
  };
  const itself = { sources: [{ path: "/source", contents: false }] };
  assert.equal(looks(), false); // it is empty
  assert.equal(looks({}, { destination: "/destination/new" }), false);
  bed.destination.makeDirectory("source", 0o755);
  assert.equal(looks(), true);
  assert.equal(looks({}, itself), false);
  writeFile(bed.destination, "source/.a", "a");
  assert.equal(looks({}, itself), true);
  assert.equal(looks({ delete: true }), false);
  assert.equal(asked.length, 6);
});

Deno.test("a run that is told to stop doesn't wait for scans that have begun", async () => {
  await using bed = await openTestBed();
  const reached = Promise.withResolvers<void>();
  const scanTree = (_: ScanRequest, { signal }: { signal?: AbortSignal } = {}) => {
    const hangs = () =>
      new Promise((_, reject) => {
        signal!.addEventListener("abort", () => reject(signal!.reason), { once: true });
        reached.resolve();
      });
    return { [Symbol.asyncIterator]: () => ({ next: hangs }) };
  };
  const source: OrbitSystem = Object.assign(Object.create(bed.system), { scanTree });
  const { sync } = prepareOn(bed, requestFor({ dryRun: true }));
  const begun = beginScans(sync, source, SOME);
  await reached.promise;
  const stop = new AbortController();
  const features = [bed.disk.features, bed.disk.features] as const;
  const services = { ...bed.services, source, features, begun, signal: stop.signal };
  const running = dryRun(sync, services);
  stop.abort(new DOMException("enough", "AbortError"));
  assert.equal((await running).outcome, "interrupted");
});

Deno.test("a scan that dies before it gave anything begins again, once", async () => {
  await using bed = await openTestBed();
  writeFile(bed.source, "a", "a");
  const died = new OrbitError("unavailable", "died", { detail: { retryable: true } });
  for (
    const { deaths, error, outcome } of [
      { deaths: 1, error: died, outcome: "complete" },
      { deaths: 2, error: died, outcome: "failed" },
      { deaths: 1, error: new OrbitError("denied", "no"), outcome: "failed" },
    ]
  ) {
    let left = deaths;
    const source = withScans(bed, () => {
      if (left-- > 0) throw error;
    });
    const { sync } = prepareOn(bed, requestFor({ dryRun: true }));
    const services = { ...bed.services, source, begun: beginScans(sync, source, SOME) };
    assert.equal((await dryRun(sync, services)).outcome, outcome);
  }
});

Deno.test("a scan that dies on its way isn't begun again", async () => {
  await using bed = await openTestBed();
  writeFile(bed.source, "a", "a");
  let scans = 0;
  const scanTree = async function* (...args: Parameters<OrbitSystem["scanTree"]>) {
    scans++;
    yield* bed.system.scanTree(...args);
    throw new OrbitError("unavailable", "died", { detail: { retryable: true } });
  };
  const source: OrbitSystem = Object.assign(Object.create(bed.system), { scanTree });
  const { sync } = prepareOn(bed, requestFor({ dryRun: true }));
  const begun = beginScans(sync, source, SOME);
  const services = { ...bed.services, source, destination: bed.system, begun };
  assert.deepEqual([(await dryRun(sync, services)).outcome, scans], ["failed", 1]);
});

Deno.test("the scans of several sources begin when there are workers for them", async () => {
  await using bed = await openTestBed();
  let scans = 0;
  const source = withScans(bed, () => void scans++);
  const sources = [SOURCE, { ...SOURCE }], options = defaultSyncOptions();
  const scanned = { sources, options, base: "/destination", baseIsNew: false };
  assert.equal(beginScans(scanned, source, SOME), undefined);
  assert.equal(scans, 0);
});

Deno.test("readSources gives what the options leave, under its name at the destination", async () => {
  await using bed = await openTestBed();
  for (const name of ["a", "b"]) writeFile(bed.source, name, name);
  const read = (options: Partial<SyncOptions>, source: object = {}) => {
    const scanned = {
      sources: [{ ...SOURCE, ...source }],
      options: { ...defaultSyncOptions(), ...options },
    };
    return pathsOf(readSources(scanned, bed.system, undefined));
  };
  assert.deepEqual(await read({ recursive: true }), ["a", "b"]);
  assert.deepEqual(await read({ recursive: false }), [], "without recursion roots are left out");
  const one = {
    isRoot: false,
    scans: [{ recursive: false, directories: [""], names: [["a"]] }],
    rename: { from: "a", to: "c" },
  };
  assert.deepEqual(await read({ recursive: true }, one), ["c"]);
});

const kept = fc.record({ times: fc.boolean(), permissions: fc.boolean() });

/** Options with which files may be left out, and now and then some with which they may not. */
const settings = fc.tuple(
  fc.record<Partial<SyncOptions>>({
    compare: fc.constantFrom("size-and-time", "size"),
    update: fc.boolean(),
    existing: fc.boolean(),
    filter: fc.constantFrom([], [{ kind: "exclude", pattern: "b" }]),
  }),
  fc.option(
    fc.constantFrom<Partial<SyncOptions>[]>(
      ...[{ compare: "checksum" }, { ignoreExisting: true }, { delete: true }] as const,
      ...[{ maxSize: 1 }, { minSize: 1 }, { partial: { directory: "b" } }] as const,
    ),
    { nil: {}, freq: 1 },
  ),
).map(([some, other]) => ({ ...some, ...other }));

Deno.test("scans that leave out what the destination has alike make the same plan", async () => {
  let leftOut = 0;
  const countingAlike = (system: OrbitSystem): OrbitSystem => {
    const scanTree = async function* (...args: Parameters<OrbitSystem["scanTree"]>) {
      for await (const batch of system.scanTree(...args)) {
        for (const { alike } of batch.data.parts) leftOut += alike?.files ?? 0;
        yield batch;
      }
    };
    return Object.assign(Object.create(system), { scanTree });
  };
  await fc.assert(
    fc.asyncProperty(tree, tree, settings, kept, async (here, there, some, keeps) => {
      await using bed = await openTestBed();
      makeTree(bed.source, here);
      makeTree(bed.destination, { ...here, ...there });
      const preserve = { ...defaultSyncOptions().preserve, ...keeps };
      const { sync } = prepareOn(bed, requestFor({ ...some, preserve, dryRun: true }));
      const plan = async (begun?: ReturnType<typeof beginScans>) => {
        const actions: unknown[] = [];
        const observer: typeof bed.services.observer = (event) => {
          if (event.type === "plan") actions.push(event.action);
        };
        const { outcome, totals } = await dryRun(sync, { ...bed.services, observer, begun });
        return { actions, outcome, totals };
      };
      const whole = await plan(), begun = beginScans(sync, countingAlike(bed.system), SOME);
      assert.deepEqual(await plan(begun), whole);
    }),
    { numRuns: 300 },
  );
  assert(leftOut > 50, `${leftOut} files were left out`);
});

Deno.test("scans of every file leave nothing out", async () => {
  await using bed = await openTestBed();
  for (const side of [bed.source, bed.destination]) writeFile(side, "same", "same");
  const begin = (options: Partial<SyncOptions>) => {
    const { sync } = prepareOn(bed, requestFor(options));
    const begun = beginScans(sync, bed.system, SOME);
    assert.ok(begun);
    return begun;
  };
  assert.deepEqual(await pathsOf(begin({}).readers), []);
  const { preserve } = defaultSyncOptions();
  const whole: Partial<SyncOptions>[] = [
    { verify: "all" },
    { delete: true },
    { removeSource: "files" },
    { ignoreExisting: true },
    { compare: "checksum" },
    { linkDest: ["/destination"] },
    { maxSize: 100 },
    { followLinks: true },
    ...(["hardLinks", "attributes", "acls"] as const).map((name) => ({
      preserve: { ...preserve, [name]: true },
    })),
  ];
  for (const options of whole) {
    assert.deepEqual(await pathsOf(begin(options).readers), ["same"], JSON.stringify(options));
  }
});

Deno.test("a run that is told of every file has scans that leave nothing out", async () => {
  await using bed = await openTestBed();
  for (const side of [bed.source, bed.destination]) writeFile(side, "same", "same");
  const options = { verify: "all" } as const;
  const { sync } = prepareOn(bed, requestFor());
  const begin = (everyFile: boolean) => beginScans(sync, bed.system, { everyFile });
  const { outcome, totals } = await runOn(bed, options, { begun: begin(true) });
  assert.deepEqual([outcome, totals.unchangedFiles], ["complete", 1]);
  const wrong = await runOn(bed, options, { begun: begin(false) });
  assert.equal(wrong.error?.code, "internal", "better no run than half a check");
});

Deno.test("a staged file of another sync isn't left out, so that it is told of", async () => {
  await using bed = await openTestBed();
  const staged = ".orbit-abcdefgh-0123456789abcdef.tmp";
  for (const side of [bed.source, bed.destination]) {
    for (const name of [staged, ".hidden"]) writeFile(side, name, "half");
  }
  const { sync } = prepareOn(bed, requestFor());
  assert.deepEqual(await pathsOf(beginScans(sync, bed.system, SOME)!.readers), [staged]);
});

Deno.test("a scan in which nothing is found to do is activity", async () => {
  await using bed = await openTestBed();
  for (const side of [bed.source, bed.destination]) writeFile(side, "same", "same");
  for (const begins of [false, true]) {
    bed.events.length = 0;
    const { sync } = prepareOn(bed, requestFor({ dryRun: true }));
    const begun = begins ? beginScans(sync, bed.system, SOME) : undefined;
    await dryRun(sync, { ...bed.services, begun });
    assert(bed.events.some(({ type }) => type === "progress"));
  }
});
