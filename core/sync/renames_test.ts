import assert from "node:assert/strict";
import fc from "fast-check";
import { explainPath } from "./explain.ts";
import { defaultSyncOptions, type SyncOptions } from "./options.ts";
import { dryRun } from "./run_sync.ts";
import { expectSame, options, put } from "./renames_help.ts";
import { openTestBed, planOn, prepareOn, requestFor, runOn, type TestBed } from "./test_bed.ts";

/** Paths of a plan by kind, renames with their old names. */
async function planned(bed: TestBed, more: Partial<SyncOptions> = {}): Promise<string[]> {
  const { items } = await planOn(bed, { ...options, ...more });
  return items.flatMap(({ line }) =>
    line === undefined || line.kind === "attributes"
      ? []
      : [`${line.kind} ${line.target === undefined ? "" : `${line.target} `}${line.path}`]
  ).sort();
}

Deno.test("a renamed directory is moved: nothing is copied, and the old one goes", async () => {
  await using bed = await openTestBed();
  for (let i = 0; i < 300; i++) {
    put(bed.source, `new/${i % 7}/${i}`, `content ${i}`, 1000 + i);
    put(bed.destination, `old/${i % 7}/${i}`, `content ${i}`, 1000 + i);
  }
  const inode = bed.destination.facts("old/0/0")!.ino;
  const { outcome, totals } = await runOn(bed, options);
  assert.equal(outcome, "complete");
  assert.deepEqual([totals.copiedFiles, totals.copiedBytes, totals.plannedFiles], [0, 0, 0]);
  assert.deepEqual([totals.renamedFiles, totals.deleted], [300, 8]);
  assert.equal(totals.verifiedBytes, totals.renamedBytes);
  assert.equal(bed.destination.facts("new/0/0")!.ino, inode);
  await expectSame(bed);
});

const text = fc.constantFrom("", "a", "b", "cc", "dd", "x".repeat(300_000));
const place = fc.tuple(fc.constantFrom("", "d/", "d/e/", "f/"), fc.constantFrom("1", "2", "3", "4"))
  .map((parts) => parts.join(""));
const file = fc.record({ text, mtime: fc.constantFrom(1, 2) });
const files = fc.dictionary(place, file, { maxKeys: 10 });

Deno.test("with renames any tree becomes like any other, and then nothing is to do", async () => {
  const pair = fc.asyncProperty(files, files, async (there, here) => {
    await using bed = await openTestBed();
    for (const path in there) put(bed.destination, path, there[path].text, there[path].mtime);
    for (const path in here) put(bed.source, path, here[path].text, here[path].mtime);
    await runOn(bed, { ...options, compare: "checksum" });
    await expectSame(bed);
    assert.deepEqual(await planned(bed), []);
  });
  await fc.assert(pair, { numRuns: 60 });
});

Deno.test("whatever is renamed to names that are new, no content is copied", async () => {
  const pair = fc.asyncProperty(
    files,
    fc.infiniteStream(fc.nat(5)),
    async (there, folders) => {
      await using bed = await openTestBed();
      const paths = Object.keys(there).filter((path) => there[path].text !== "");
      for (const path of paths) {
        const { text, mtime } = there[path];
        put(bed.destination, `old/${path}`, text, mtime);
        put(bed.source, `new/${folders.next().value}/${path.replaceAll("/", "-")}`, text, mtime);
      }
      const { totals } = await runOn(bed, options);
      assert.deepEqual([totals.copiedBytes, totals.renamedFiles], [0, paths.length]);
      await expectSame(bed);
    },
  );
  await fc.assert(pair, { numRuns: 60 });
});

Deno.test("of equal files the one with the same time is taken, then the one of the same name", async () => {
  await using bed = await openTestBed();
  put(bed.destination, "old/a", "same", 5);
  put(bed.destination, "old/b", "same", 5);
  put(bed.destination, "old/c", "same", 7);
  put(bed.source, "new/b", "same", 5);
  put(bed.source, "new/d", "same", 7);
  put(bed.source, "new/e", "same", 5);
  const moves = ["rename old/a new/e", "rename old/b new/b", "rename old/c new/d"];
  assert.deepEqual(await planned(bed), ["delete old", "directory new", ...moves]);
  const first = await planOn(bed, options);
  assert.deepEqual((await planOn(bed, options)).items, first.items);
});

Deno.test("small files must have the same time, larger ones only begin alike", async () => {
  await using bed = await openTestBed();
  const large = "l".repeat(256 * 1024), other = `o${large.slice(1)}`;
  put(bed.destination, "small", "text", 1);
  put(bed.destination, "large", large, 1);
  put(bed.destination, "other", other, 1);
  put(bed.source, "new-large", large, 2);
  put(bed.source, "new-small", "text", 2);
  const hashed: string[] = [];
  const hashFiles = bed.system.hashFiles.bind(bed.system);
  bed.system.hashFiles = (base, paths, how) => {
    hashed.push(...paths.map((path) => `${base}/${path}`));
    return hashFiles(base, paths, how);
  };
  assert.deepEqual(await planned(bed), [
    "copy new-small",
    "delete other",
    "delete small",
    "rename large new-large",
  ]);
  assert.deepEqual(hashed.sort(), ["/destination/large", "/source/new-large"]);
});

Deno.test("nothing is moved without --delete, with backups, or what the filter protects", async () => {
  await using bed = await openTestBed();
  put(bed.destination, "old", "text");
  put(bed.source, "new", "text");
  assert.deepEqual(await planned(bed), ["rename old new"]);
  assert.deepEqual(await planned(bed, { findRenames: false }), ["copy new", "delete old"]);
  assert.deepEqual(await planned(bed, { delete: false }), ["copy new"]);
  const backup = { suffix: "~" };
  assert.deepEqual(await planned(bed, { backup }), ["copy new", "delete old"]);
  const filter = [{ kind: "exclude" as const, pattern: "old" }];
  assert.deepEqual(await planned(bed, { filter }), ["copy new"]);
});

Deno.test("nothing is moved when not everything could be listed", async () => {
  await using bed = await openTestBed();
  put(bed.destination, "old", "text");
  put(bed.source, "new", "text");
  put(bed.source, "unreadable/file", "text");
  const scanTree = bed.system.scanTree.bind(bed.system);
  bed.system.scanTree = async function* (request, how) {
    for await (const batch of scanTree(request, how)) {
      const error = { code: "denied" as const, message: "no", detail: {} };
      if (request.base === "/source") batch.data.troubles.push({ path: "unreadable", error });
      yield batch;
    }
  };
  assert.ok(!(await planned(bed)).some((line) => line.startsWith("rename")));
});

Deno.test("a file with other names stays where it is", async () => {
  await using bed = await openTestBed();
  put(bed.destination, "kept", "text");
  bed.destination.makeHardLink("kept", "old");
  put(bed.source, "kept", "text");
  put(bed.source, "new", "text");
  assert.deepEqual(await planned(bed), ["copy new", "delete old"]);
});

Deno.test("names of one file are linked to the one that was moved", async () => {
  await using bed = await openTestBed();
  put(bed.destination, "old", "text");
  put(bed.source, "new", "text");
  bed.source.makeHardLink("new", "second");
  const preserve = { ...defaultSyncOptions().preserve, hardLinks: true };
  const { totals } = await runOn(bed, { ...options, preserve });
  assert.deepEqual([totals.renamedFiles, totals.created.hardLinks, totals.copiedBytes], [1, 1, 0]);
  assert.equal(bed.destination.facts("new")!.ino, bed.destination.facts("second")!.ino);
});

Deno.test("a rename isn't a deletion to --max-delete", async () => {
  await using bed = await openTestBed();
  for (const name of ["a", "b", "c"]) {
    put(bed.destination, name, name);
    put(bed.source, `new-${name}`, name);
  }
  put(bed.destination, "gone", "gone");
  const refused = await runOn(bed, { ...options, maxDelete: { count: 0 } });
  assert.deepEqual([refused.outcome, refused.totals.renamedFiles], ["delete-limit", 3]);
  assert.notEqual(bed.destination.facts("gone"), null);
  const rest = await runOn(bed, { ...options, maxDelete: { percent: 25 } });
  assert.deepEqual([rest.outcome, rest.totals.deleted], ["complete", 1]);
});

Deno.test("a dry run prints the plan that the run follows", async () => {
  await using bed = await openTestBed();
  for (const name of ["a", "b", "c"]) {
    put(bed.destination, `old/${name}`, name);
    put(bed.source, `new/${name}`, name);
  }
  put(bed.source, "other", "other");
  const { sync } = prepareOn(bed, requestFor({ ...options, dryRun: true }));
  await dryRun(sync, bed.services);
  const wanted = bed.events.flatMap((event) => event.type === "plan" ? [event.action] : []);
  assert.ok(
    wanted.some(({ kind, path, target }) =>
      kind === "rename" && path === "new/b" && target === "old/b"
    ),
  );
  bed.events.length = 0;
  await runOn(bed, options);
  const done = bed.events.flatMap((event) => event.type === "done" ? [event.action] : []);
  const sorted = (lines: typeof done) => lines.map((line) => JSON.stringify(line)).sort();
  assert.deepEqual(sorted(done), sorted(wanted));
});

Deno.test("both names of a renamed file are explained by the rename", async () => {
  for (const path of ["old", "new"]) {
    await using bed = await openTestBed();
    put(bed.destination, "old", "text");
    put(bed.source, "new", "text");
    const { sync } = prepareOn(bed, requestFor({ ...options, dryRun: true }));
    await explainPath(sync, bed.services, path);
    const said = bed.events.flatMap((event) => event.type === "explain" ? [event.explanation] : []);
    assert.equal(said[0].conclusion, "would be renamed: equal in content");
    assert.equal(said[0].action?.target, "old");
  }
});

Deno.test("a first copy waits for no scan", async () => {
  await using bed = await openTestBed();
  for (const name of ["a", "b"]) put(bed.source, `dir-${name}/${name}`, name);
  const { items } = await planOn(bed, options);
  assert.ok(items.every(({ mark }) => mark === undefined));
  put(bed.destination, "something", "else");
  assert.equal((await planOn(bed, options)).items.length, items.length + 1);
});
