/** Scanning by several workers, and leaving out what another directory has alike. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { SystemBed, SystemCase } from "./system_conformance_bed.ts";
import {
  carryOut,
  makeDirectories,
  put,
  scanAll,
  type Scanned,
} from "./system_conformance_help.ts";

const ALL = { permissions: true, owner: true, group: true };
const SIDES = ["here", "there"] as const;
const STAGED = ".orbit-abcdefgh-0123456789abcdef.tmp";

/** Two trees in `base` that differ in `changed`, `mode`, and what only one of them has. */
async function makeSides({ system, base }: SystemBed): Promise<void> {
  for (const side of SIDES) {
    await makeDirectories(system, base, side, `${side}/both`, `${side}/both/deep`);
    for (const path of ["same", "both/same", "both/deep/same", `both/${STAGED}`, "both/mode"]) {
      const permissions = path === "both/mode" && side === "there" ? 0o600 : 0o644;
      await put(system, base, `${side}/${path}`, path, { permissions, mtime: 5, mtimeNs: 6 });
    }
    await put(system, base, `${side}/both/changed`, side, { permissions: 0o644, mtime: 5 });
    await put(system, base, `${side}/${side}`, side);
  }
  await makeDirectories(system, base, "here/new");
  await put(system, base, "here/new/file", "new");
}

const pathsOf = ({ entries }: Scanned) => entries.map(({ path }) => path);

export const unlikeCases: SystemCase[] = [
  ["a scan may leave out, and then counts, files that are alike elsewhere", async (bed) => {
    const { system, base } = bed;
    await makeSides(bed);
    const whole = await scanAll(system, { base: `${base}/here` });
    for (const wide of [false, true]) {
      const unlike = { base: `${base}/there`, ...ALL };
      const rest = await scanAll(system, { base: `${base}/here`, unlike, wide });
      deepEqual(rest.troubles, []);
      const left = new Set(pathsOf(rest)), all = pathsOf(whole);
      deepEqual(pathsOf(rest), all.filter((path) => left.has(path)));
      const gone = whole.entries.filter(({ path }) => !left.has(path));
      for (const { path } of gone) ok(["same", "both/same", "both/deep/same"].includes(path), path);
      let files = 0, bytes = 0;
      for (const { alike } of rest.parts) {
        files += alike?.files ?? 0;
        bytes += alike?.bytes ?? 0;
      }
      equal(files, gone.length);
      equal(bytes, gone.reduce((sum, { size }) => sum + size, 0));
      deepEqual(rest.parts.map((part) => part.directory), whole.parts.map((p) => p.directory));
    }
  }],

  ["a scan leaves nothing out for a directory that isn't there", async (bed) => {
    const { system, base } = bed;
    await makeSides(bed);
    const whole = await scanAll(system, { base: `${base}/here` });
    for (const path of ["nowhere", "here/same"]) {
      const unlike = { base: `${base}/${path}`, ...ALL };
      const found = await scanAll(system, { base: `${base}/here`, unlike, wide: true });
      deepEqual(pathsOf(found), pathsOf(whole));
      deepEqual(found.troubles, []);
    }
  }],

  ["a scan leaves nothing out when more than rows is to be told", async (bed) => {
    const { system, base } = bed;
    await makeSides(bed);
    const unlike = { base: `${base}/there`, ...ALL };
    for (const more of [{ attributes: "xattr" as const }, { followLinks: true }]) {
      const whole = await scanAll(system, { base: `${base}/here`, ...more });
      const found = await scanAll(system, { base: `${base}/here`, ...more, unlike, wide: true });
      deepEqual(found.entries, whole.entries);
    }
  }],

  ["a wide scan tells what one scan tells, in its order", async ({ system, base }) => {
    // So many that one worker's share is over before all directories are found.
    const directories: string[] = [];
    for (let i = 0; i < 3; i++) {
      directories.push(`d${i}`);
      for (let k = 0; k < 40; k++) directories.push(`d${i}/e${k}`);
    }
    await makeDirectories(system, base, ...directories);
    const links = directories.flatMap((directory) =>
      Array.from({ length: 12 }, (_, i) => ({
        kind: "link" as const,
        path: `${directory}/link${i}`,
        target: "x",
        metadata: {},
      }))
    );
    await carryOut(system, base, links);
    const only = { directories: [""], names: [["d1"]] };
    for (const more of [{}, { filter: [{ kind: "exclude" as const, pattern: "e3" }] }, only]) {
      const whole = await scanAll(system, { base, ...more });
      const wide = await scanAll(system, { base, ...more, wide: true });
      deepEqual(pathsOf(wide), pathsOf(whole));
      deepEqual(wide.parts.map((p) => p.directory), whole.parts.map((p) => p.directory));
    }
  }],

  ["a wide scan ends when it is told to, whatever it has found by then", async (bed) => {
    const { system, base } = bed;
    await makeSides(bed);
    const stop = new AbortController();
    const scan = system.scanTree({ base, recursive: true, wide: true }, { signal: stop.signal });
    await rejectsWith("stop", async () => {
      for await (const _ of scan) stop.abort("stop");
    });
  }],
];

async function rejectsWith(reason: unknown, act: () => Promise<void>): Promise<void> {
  let rejected: unknown;
  await act().catch((error) => rejected = error);
  equal(rejected, reason);
}
