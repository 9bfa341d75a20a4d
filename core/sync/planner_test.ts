import assert from "node:assert/strict";
import fc from "fast-check";
import type { Tree } from "#core/system/disk.ts";
import { FileType } from "#core/system/scan_batch.ts";
import { defaultSyncOptions, type SyncOptions } from "./options.ts";
import type { PlanItem } from "./plan_item.ts";
import { applyPlan, openTestBed, planOn, writeFile } from "./test_bed.ts";
import { makeTree, tree } from "./test_trees.ts";

const shown = (items: PlanItem[]) =>
  items.flatMap(({ line }) => line ? [line.itemized + line.path] : []);
const actionsOf = (items: PlanItem[], kind: string) =>
  items.filter(({ action }) => action.kind === kind).map(({ action }) => action.path);

Deno.test("Planner finds nothing more to do once its plan was carried out", async () => {
  await fc.assert(
    fc.asyncProperty(tree, tree, fc.boolean(), async (source, destination, hardLinks) => {
      await using bed = await openTestBed();
      makeTree(bed.source, source);
      makeTree(bed.destination, destination);
      const options: Partial<SyncOptions> = { delete: true };
      if (hardLinks) {
        options.preserve = { ...defaultSyncOptions().preserve, hardLinks };
        const file = ["a", "b", "c"].find((name) => isFileAt(bed.source, name));
        if (file !== undefined) bed.source.makeHardLink(file, "d");
      }
      const first = await planOn(bed, options);
      assert.deepEqual(await applyPlan(bed, first.items), []);
      const second = await planOn(bed, options);
      assert.deepEqual(shown(second.items), []);
    }),
    { numRuns: 150 },
  );
});

function isFileAt(target: Tree, path: string): boolean {
  return ((target.facts(path)?.mode ?? 0) & FileType.mask) === FileType.file;
}

Deno.test("Planner removes deep directories children first, whatever priorities can say", async () => {
  await using bed = await openTestBed();
  writeFile(bed.source, "keep", "x");
  let deep = "";
  for (let i = 0; i < 150; i++) {
    deep = deep === "" ? "d" : `${deep}/d`;
    bed.destination.makeDirectory(deep, 0o755);
  }
  writeFile(bed.destination, `${deep}/file`, "x");
  const { items, planner } = await planOn(bed, { delete: true });
  assert.equal(planner.summary.deletions, 151);
  assert.deepEqual(await applyPlan(bed, items), []);
  assert.equal(bed.destination.facts("d"), null);
});

Deno.test("Planner takes a directory of one source before a file of another", async () => {
  await using bed = await openTestBed();
  using root = bed.disk.openTree("/");
  root.makeDirectory("other", 0o755);
  root.makeDirectory("other/both", 0o755);
  using other = bed.disk.openTree("/other");
  writeFile(other, "both/inside", "x");
  writeFile(other, "same", "second");
  writeFile(bed.source, "both", "file");
  writeFile(bed.source, "same", "first");
  const sources = ["/source", "/other"].map((path) => ({ path, contents: true }));
  const { items } = await planOn(bed, {}, { sources });
  const copies = items.flatMap(({ action }) => action.kind === "copy" ? [action] : []);
  assert.deepEqual(copies.map(({ path, source }) => [path, source]), [["same", 0], [
    "both/inside",
    1,
  ]]);
});

Deno.test("Planner deletes nothing when a named source is missing", async () => {
  await using bed = await openTestBed();
  writeFile(bed.destination, "precious", "x");
  const sources = ["/source", "/missing"].map((path) => ({ path, contents: true }));
  const { planner } = await planOn(bed, { delete: true }, { sources });
  assert.equal(planner.summary.clean, false);
});

Deno.test("Planner protects backups and what the filter excludes", async () => {
  await using bed = await openTestBed();
  for (const directory of ["old", "gone"]) bed.destination.makeDirectory(directory, 0o755);
  const names = ["old/kept", "a~", "gone/b~", "gone/c", "x.o", "d"];
  for (const name of names) writeFile(bed.destination, name, "x");
  const filter = [{ kind: "exclude" as const, pattern: "*.o" }];
  const beside = await planOn(bed, { delete: true, filter, backup: { suffix: "~" } });
  assert.deepEqual(actionsOf(beside.items, "delete").sort(), [
    "d",
    "gone",
    "gone/c",
    "old",
    "old/kept",
  ]);
  const backup = { directory: "old", suffix: "" };
  const apart = await planOn(bed, { delete: true, filter, backup });
  assert.deepEqual(actionsOf(apart.items, "delete").sort(), [
    "a~",
    "d",
    "gone",
    "gone/b~",
    "gone/c",
  ]);
});

Deno.test("Planner links a name only after its leader has come over a directory", async () => {
  await using bed = await openTestBed();
  writeFile(bed.source, "a", "content");
  bed.source.makeHardLink("a", "b");
  for (const directory of ["a", "b"]) {
    bed.destination.makeDirectory(directory, 0o755);
    writeFile(bed.destination, `${directory}/inside`, "x");
  }
  const preserve = { ...defaultSyncOptions().preserve, hardLinks: true };
  const { items } = await planOn(bed, { delete: true, preserve });
  assert.deepEqual(await applyPlan(bed, items), []);
  assert.equal(bed.destination.facts("a")?.ino, bed.destination.facts("b")?.ino);
});

Deno.test("Planner goes into no directory without recursion, not even SRC/ itself", async () => {
  await using bed = await openTestBed();
  writeFile(bed.source, "a", "x");
  const { items, notes } = await planOn(bed, { recursive: false });
  assert.deepEqual(items, []);
  assert.match(notes[0], /skipping directory "\."/);
});

Deno.test("Planner compares content where sizes and times are alike, under checksum", async () => {
  await using bed = await openTestBed();
  for (const [name, there] of [["same", "aaaa"], ["hidden", "bbbb"]]) {
    writeFile(bed.source, name, "aaaa");
    writeFile(bed.destination, name, there);
  }
  assert.deepEqual(actionsOf((await planOn(bed)).items, "copy"), []);
  const { items } = await planOn(bed, { compare: "checksum" });
  assert.deepEqual(shown(items), [">fc........hidden"]);
});

Deno.test("Planner leaves staged files of other syncs alone, but not directories of such names", async () => {
  await using bed = await openTestBed();
  const staged = ".orbit-abcdefgh-0123456789abcdef.tmp";
  const directory = ".orbit-abcdefgh-fedcba9876543210.tmp";
  writeFile(bed.source, staged, "half");
  bed.source.makeDirectory(directory, 0o755);
  writeFile(bed.source, `${directory}/a`, "a");
  const { items, notes } = await planOn(bed);
  assert.deepEqual(actionsOf(items, "copy"), [`${directory}/a`]);
  assert.deepEqual(notes, [`skipping "${staged}": a staged file of another sync`]);
  bed.source.removeFile(`${directory}/a`);
  bed.source.removeDirectory(directory);
  bed.destination.makeDirectory(directory, 0o755);
  const deleting = await planOn(bed, { delete: true });
  assert.deepEqual(actionsOf(deleting.items, "delete"), [directory]);
  assert(deleting.items.every(({ action }) => action.kind !== "delete" || action.directory));
});

Deno.test("Planner gives its owner rights on a read-only directory while that is changed", async () => {
  await using bed = await openTestBed();
  for (const tree of [bed.source, bed.destination]) {
    for (const directory of ["same", "touched"]) {
      tree.makeDirectory(directory, 0o755);
      writeFile(tree, `${directory}/a`, "a");
      tree.apply(directory, { permissions: 0o555, mtime: 1, mtimeNs: 0 });
    }
  }
  writeFile(bed.source, "touched/b", "b");
  bed.source.apply("touched", { mtime: 1, mtimeNs: 0 });
  for (const permissions of [true, false]) {
    const preserve = { ...defaultSyncOptions().preserve, permissions };
    const { items } = await planOn(bed, { preserve }, {}, { privileged: false });
    assert.deepEqual(actionsOf(items, "directory"), ["touched"]);
    const [restore] = items.flatMap(({ action }) =>
      action.kind === "attributes" && action.path === "touched" ? [action.metadata] : []
    );
    assert.equal(restore.permissions, 0o555);
  }
  const asRoot = await planOn(bed);
  assert.deepEqual(actionsOf(asRoot.items, "directory"), []);
});
