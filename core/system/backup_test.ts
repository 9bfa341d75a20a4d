import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { systemError } from "#core/errors.ts";
import type { Disk } from "./disk.ts";
import { createFaultyDisk } from "./disk_faulty.ts";
import { createMemoryDisk } from "./disk_memory.ts";
import { openInlineSystem } from "./memory_system.ts";
import { stagedTag } from "./work/staging.ts";
import type { ActionOptions, PlainAction } from "./system.ts";
import { how } from "./system_conformance_bed.ts";
import { noise, pathsIn, put } from "./system_conformance_help.ts";

const SIZE = 3 << 19;
const backup: ActionOptions["backup"] = { directory: "/aside", suffix: "" };

/** A disk whose `/aside` is another device than `/tree`. */
function twoDevices(inner: Disk, { full = false } = {}): Disk {
  return createFaultyDisk(inner, {
    before({ operation, from, path, tree }) {
      if (operation === "rename" && tree === "/aside" && stagedTag(from!) === undefined) {
        throw systemError("EXDEV", "rename", path);
      }
      if (full && operation === "file.write" && tree === "/aside") {
        throw systemError("ENOSPC", "write", path);
      }
    },
  });
}

const actions: PlainAction[] = [
  { kind: "delete", path: "gone", directory: false },
  { kind: "link", path: "replaced", target: "x", metadata: {} },
  { kind: "delete", path: "fifo", directory: false },
  { kind: "delete", path: "link", directory: false },
];

async function fill(disk: Disk) {
  const system = await openInlineSystem(disk);
  using tree = disk.openTree("/tree");
  await put(system, "/tree", "gone", noise(SIZE));
  await put(system, "/tree", "replaced", "old");
  tree.makeLink("link", "target");
  tree.makeSpecial("fifo", 0o010644, 0, 0);
  tree.apply("replaced", { permissions: 0o640, uid: 7, gid: 8, mtime: 1234, mtimeNs: 5 });
  return system;
}

Deno.test("a backup on another device is a copy with all that the original had", async () => {
  const disk = createMemoryDisk({ roots: ["/tree", "/aside"] });
  await using clean = await fill(disk);
  await using system = await openInlineSystem(twoDevices(disk));
  const results = await system.perform("/tree", actions, how({ backup }));
  deepEqual(results.map(({ error }) => error), actions.map(() => undefined));
  deepEqual(await pathsIn(clean, "/tree"), ["replaced"]);
  deepEqual(await pathsIn(clean, "/aside"), ["fifo", "gone", "link", "replaced"]);
  using aside = disk.openTree("/aside");
  equal(aside.facts("gone")!.size, SIZE);
  equal(aside.readLink("link"), "target");
  const { mode, uid, gid, mtime, mtimeNs } = aside.facts("replaced")!;
  deepEqual([mode & 0o7777, uid, gid, mtime, mtimeNs], [0o640, 7, 8, 1234, 5]);
});

Deno.test("a backup that has no room on its device leaves the original in place", async () => {
  const disk = createMemoryDisk({ roots: ["/tree", "/aside"] });
  await using clean = await fill(disk);
  await using system = await openInlineSystem(twoDevices(disk, { full: true }));
  const results = await system.perform("/tree", actions.slice(0, 2), how({ backup }));
  deepEqual(results.map(({ error }) => error?.detail.errno), ["ENOSPC", "ENOSPC"]);
  deepEqual(await pathsIn(clean, "/tree"), ["fifo", "gone", "link", "replaced"]);
  deepEqual(await pathsIn(clean, "/aside"), []);
});
