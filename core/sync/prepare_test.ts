import assert from "node:assert/strict";
import { OrbitError, systemError } from "#core/errors.ts";
import type { Disk } from "#core/system/disk.ts";
import { prepareSync } from "./prepare.ts";
import { openTestBed, prepareOn, requestFor, writeFile } from "./test_bed.ts";

Deno.test("prepareSync follows the rule of the trailing slash", async () => {
  await using bed = await openTestBed();
  const [contents] = prepareOn(bed, requestFor()).sync.sources;
  assert.deepEqual([contents.base, contents.isRoot], ["/source", true]);
  const itself = requestFor({}, { sources: [{ path: "/source", contents: false }] });
  const [directory] = prepareOn(bed, itself).sync.sources;
  assert.deepEqual([directory.base, directory.isRoot], ["/", false]);
  assert.deepEqual(directory.scans, [{ names: [["source"]], recursive: true }]);
});

Deno.test("prepareSync gives a single file the destination's name, unless that is a directory", async () => {
  await using bed = await openTestBed();
  writeFile(bed.source, "a", "x");
  const sources = [{ path: "/source/a", contents: false }];
  const named = requestFor({}, {
    sources,
    destination: "/destination/b",
    destinationIsDirectory: false,
  });
  const renamed = prepareOn(bed, named).sync;
  assert.deepEqual(renamed.sources[0].rename, { from: "a", to: "b" });
  assert.equal(renamed.base, "/destination");
  const into = prepareOn(bed, requestFor({}, { sources })).sync;
  assert.equal(into.sources[0].rename, undefined);
});

Deno.test("prepareSync refuses ends that overlap, unless a filter keeps them apart", async () => {
  await using bed = await openTestBed();
  bed.source.makeDirectory("in", 0o755);
  const refused: [string, string][] = [
    ["/source", "/source"],
    ["/source", "/source/in"],
    ["/source/in", "/source"],
  ];
  for (const [from, destination] of refused) {
    const request = requestFor({}, { sources: [{ path: from, contents: true }], destination });
    assert.throws(() => prepareOn(bed, request), (error: OrbitError) => error.code === "invalid");
  }
  const filter = [{ kind: "exclude" as const, pattern: "/in/" }];
  prepareOn(bed, requestFor({ filter }, { destination: "/source/in" }));
});

Deno.test("prepareSync makes a missing destination, its parents only when asked to", async () => {
  await using bed = await openTestBed();
  prepareOn(bed, requestFor({}, { destination: "/destination/new" }));
  assert.notEqual(bed.destination.facts("new"), null);
  const deep = { destination: "/destination/x/y/z" };
  assert.throws(
    () => prepareOn(bed, requestFor({}, deep)),
    (error: OrbitError) => error.code === "not_found" && /--mkpath/.test(error.message),
  );
  prepareOn(bed, requestFor({ dryRun: true, makePath: true }, deep));
  assert.equal(bed.destination.facts("x"), null);
  prepareOn(bed, requestFor({ makePath: true }, deep));
  assert.notEqual(bed.destination.facts("x/y/z"), null);
});

Deno.test("prepareSync makes no parent for a single file, and says so in a dry run too", async () => {
  await using bed = await openTestBed();
  writeFile(bed.source, "a", "x");
  const single = { sources: [{ path: "/source/a", contents: false }] };
  const ends = { ...single, destination: "/destination/x/b", destinationIsDirectory: false };
  for (const dryRun of [false, true]) {
    for (const missing of [ends, { destination: "/destination/x/y" }]) {
      assert.throws(
        () => prepareOn(bed, requestFor({ dryRun }, missing)),
        (error: OrbitError) => error.code === "not_found" && /--mkpath/.test(error.message),
      );
    }
  }
  assert.equal(bed.destination.facts("x"), null);
});

Deno.test("prepareSync makes the destination of SRC/ private until all is copied", async () => {
  await using bed = await openTestBed();
  const modeOf = (name: string) => bed.destination.facts(name)!.mode & 0o777;
  prepareOn(bed, requestFor({}, { destination: "/destination/contents" }));
  assert.equal(modeOf("contents"), 0o700);
  const sources = [{ path: "/source", contents: false }];
  prepareOn(bed, requestFor({}, { sources, destination: "/destination/itself" }));
  assert.equal(modeOf("itself"), 0o777);
  // Without recursion it never gets the source's.
  prepareOn(bed, requestFor({ recursive: false }, { destination: "/destination/left" }));
  assert.equal(modeOf("left"), 0o777);
});

Deno.test("prepareSync refuses a link to nowhere as destination", async () => {
  await using bed = await openTestBed();
  bed.destination.makeLink("link", "nowhere");
  assert.throws(
    () => prepareOn(bed, requestFor({}, { destination: "/destination/link" })),
    /is a symbolic link that leads nowhere/,
  );
});

Deno.test("prepareSync takes listed files from the source, with or without a slash", async () => {
  await using bed = await openTestBed();
  writeFile(bed.source, "a", "x");
  for (const contents of [true, false]) {
    const sources = [{ path: "/source", contents }];
    const { missing } = prepareOn(bed, requestFor({ files: ["a"] }, { sources })).sync;
    assert.deepEqual(missing, []);
  }
});

Deno.test("prepareSync reports any number of listed files that are missing or shut off", async () => {
  await using bed = await openTestBed();
  for (const directory of ["a", "a/b"]) bed.source.makeDirectory(directory, 0o755);
  writeFile(bed.source, "a/b/c", "x");
  const filter = [{ kind: "exclude", pattern: "b/" }] as const, count = 200_000;
  const gone = Array.from({ length: count }, (_, i) => `gone${i}`);
  const shut = ["a/", ...Array<string>(count).fill("a/b/c")];
  for (const files of [gone, shut]) {
    const request = requestFor({ files, recursive: true, filter: [...filter] });
    assert.equal(prepareOn(bed, request).sync.missing?.length, count);
  }
});

Deno.test("prepareSync reports missing sources, and refuses when there is none", async () => {
  await using bed = await openTestBed();
  const missing = { path: "/missing", contents: false };
  const some = requestFor({}, { sources: [{ path: "/source", contents: true }, missing] });
  const preparation = prepareOn(bed, some);
  assert.deepEqual(preparation.sync.missing?.map(({ path }) => path), ["/missing"]);
  assert.equal(preparation.sync.allFound, false);
  assert.throws(
    () => prepareOn(bed, requestFor({}, { sources: [missing] })),
    (error: OrbitError) => error.code === "not_found",
  );
});

Deno.test("prepareSync turns a list of files into scans of exactly those", async () => {
  await using bed = await openTestBed();
  for (const directory of ["d", "d/e", "f"]) bed.source.makeDirectory(directory, 0o755);
  for (const name of ["a", "d/e/x", "f/z"]) writeFile(bed.source, name, "x");
  const files = ["d/e/x", "a", "f", "f/z", "missing"];
  const flat = prepareOn(bed, requestFor({ files, recursive: false }));
  assert.deepEqual(flat.sync.sources[0].scans, [{
    directories: ["", "d", "d/e", "f"],
    names: [["a", "d", "f"], ["e"], ["x"], ["z"]],
    recursive: false,
    filter: [],
  }]);
  assert.deepEqual(flat.sync.missing?.map(({ path }) => path), ["missing"]);
  const deep = prepareOn(bed, requestFor({ files: ["f", "f/z"], recursive: true }));
  assert.deepEqual(deep.sync.sources[0].scans, [
    { directories: [""], names: [["f"]], recursive: false, filter: [] },
    { directories: ["f"], recursive: true },
  ]);
});

Deno.test("prepareSync says which listed files a filter shuts off below a listed directory", async () => {
  await using bed = await openTestBed();
  for (const directory of ["a", "a/b", "a/b/d", "a/e"]) bed.source.makeDirectory(directory, 0o755);
  for (const name of ["a/b/c", "a/e/f"]) writeFile(bed.source, name, "x");
  const filter = [{ kind: "exclude", pattern: "b/" }] as const;
  for (const recursive of [true, false]) {
    const listing = (files: string[]) => {
      const { sync } = prepareOn(bed, requestFor({ files, recursive, filter: [...filter] }));
      const missing = sync.missing!.map(({ path, error }) => [path, error.code]);
      return { missing, allFound: sync.allFound, scans: sync.sources[0].scans };
    };
    const shut = listing(["a/", "a/b/c", "a/b/d/", "a/e/f"]);
    assert.deepEqual(shut.missing, [["a/b/c", "conflict"], ["a/b/d", "conflict"]]);
    assert.equal(shut.allFound, false, "nothing may be deleted");
    assert.deepEqual(shut.scans, listing(["a/", "a/e/f"]).scans);
    assert.deepEqual(listing(["a/b/c", "a/b/d/", "a/e/f"]).missing, []);
  }
});

Deno.test("prepareSync finds the directory of backups from the destination", async () => {
  await using bed = await openTestBed();
  const placed = (directory: string, suffix = "") => {
    const backup = { directory, suffix };
    assert.deepEqual(prepareOn(bed, requestFor({ backup, dryRun: true })).write, ["/destination"]);
    const { sync, write } = prepareOn(bed, requestFor({ backup }));
    return { ...sync.options.backup, write };
  };
  for (const inside of ["old", "./old/", "x/../old", "../destination/old", "/destination/old"]) {
    assert.deepEqual(placed(inside), { directory: "old", suffix: "", write: ["/destination"] });
  }
  for (const outside of ["../kept/old", "/kept/old/"]) {
    const write = ["/destination", "/kept/old"];
    assert.deepEqual(placed(outside), { directory: "/kept/old", suffix: "", write });
  }
  assert.deepEqual(placed(".", "~"), { suffix: "~", write: ["/destination"] });
  assert.throws(() => placed("."), /is the destination; backups need another directory/);
  writeFile(bed.destination, "file", "x");
  assert.throws(() => placed("file"), /keep backups in "\/destination\/file": is not a directory/);
});

Deno.test("prepareSync knows a directory of backups that is reached through a link", async () => {
  await using bed = await openTestBed();
  const realPath = (path: string) => path.replace(/^\/link(?=\/|$)/, "/destination");
  const request = requestFor({ backup: { directory: "/link/old", suffix: "" } });
  const { options } = prepareSync(request, bed.disk, realPath).sync;
  assert.deepEqual(options.backup, { directory: "old", suffix: "" });
});

Deno.test("prepareSync follows no link that lies in the destination to keep backups", async () => {
  await using bed = await openTestBed();
  const realPath = (path: string) =>
    path.replace(/^\/link(?=\/|$)/, "/destination").replace(/^\/destination\/old/, "/else")
      .replace(/^\/destination\/in/, "/destination").replace(/^\/kept/, "/far");
  const placed = (directory: string) => {
    const request = requestFor({ backup: { directory, suffix: "" } });
    const { sync, write } = prepareSync(request, bed.disk, realPath);
    return [sync.options.backup?.directory, ...write];
  };
  for (const inside of ["old", "./old/", "../destination/old", "/destination/old", "/link/old"]) {
    assert.deepEqual(placed(inside), ["old", "/destination"], inside);
  }
  assert.deepEqual(placed("in"), ["in", "/destination"]);
  assert.deepEqual(placed("../kept/old"), ["/far/old", "/destination", "/far/old"]);
});

Deno.test("prepareSync links to the older copies that exist, and remarks on the others", async () => {
  await using bed = await openTestBed();
  bed.destination.makeDirectory("older", 0o755);
  writeFile(bed.destination, "file", "x");
  const ends = { destination: "/destination/new" };
  for (const dryRun of [true, false]) {
    const linkDest = ["../older", "../missing"];
    const preparation = prepareOn(bed, requestFor({ linkDest, dryRun }, ends));
    assert.deepEqual(preparation.sync.options.linkDest, ["/destination/older"]);
    assert.deepEqual(preparation.linkFrom, ["/destination/older"]);
    assert.match(preparation.notes.join(), /^--link-dest: "\/destination\/missing" doesn't exist/);
  }
  assert.throws(
    () => prepareOn(bed, requestFor({ linkDest: ["file"] })),
    /link to "\/destination\/file": is not a directory/,
  );
});

Deno.test("prepareSync names a source that it can't look into", async () => {
  await using bed = await openTestBed();
  const disk: Disk = {
    ...bed.disk,
    openTree(path) {
      const tree = bed.disk.openTree(path);
      if (path === "/source") {
        tree.facts = () => {
          throw systemError("EACCES", "examine", "");
        };
      }
      return tree;
    },
  };
  assert.throws(
    () => prepareSync(requestFor(), disk, (path) => path),
    /^OrbitError: examine "\/source": permission denied$/,
  );
});

Deno.test("prepareSync takes a destination that another run made meanwhile", async () => {
  await using bed = await openTestBed();
  let looks = 0;
  const disk: Disk = {
    ...bed.disk,
    openTree(path) {
      // It is there right after it was first looked for.
      const isFirst = path === "/destination/new" && looks++ === 0;
      try {
        return bed.disk.openTree(path);
      } finally {
        if (isFirst) bed.destination.makeDirectory("new", 0o755);
      }
    },
  };
  const request = requestFor({}, { destination: "/destination/new" });
  const { sync } = prepareSync(request, disk, (path) => path);
  assert.deepEqual([sync.base, sync.baseIsNew], ["/destination/new", false]);
  assert.equal(looks > 1, true);
});
