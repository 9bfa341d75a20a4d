/** Copies with trouble on their way, for tests. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Disk, Tree } from "./disk.ts";
import { createFaultyDisk, type FaultPlan } from "./disk_faulty.ts";
import { createMemoryDisk } from "./disk_memory.ts";
import { createFaultySystem, type SystemFaultPlan } from "./faulty_system.ts";
import { openInlineSystem } from "./memory_system.ts";
import { copyOf } from "./system_conformance_bed.ts";
import { noise, pathsIn, put, textAt } from "./system_conformance_help.ts";
import type { OrbitSystem } from "./system.ts";

/** A "file" at the source, an older one at the destination. */
export interface FaultBed {
  disk: Disk;
  tree: Tree;
  system: OrbitSystem;
  target: OrbitSystem;
  base: string;
  targetBase: string;
}

/** A copy of "file" (1.5 MiB of noise), next to an old "file" at the destination. */
export const SIZE = 3 << 19;
export const COPY = copyOf("file", SIZE);

/** Both ends on one faulty memory disk: the path within a system. */
export async function openWithin(
  plan: (tree: Tree) => FaultPlan,
): Promise<FaultBed & AsyncDisposable> {
  const disk = createMemoryDisk({ roots: ["/from", "/to"] });
  const clean = await openInlineSystem(disk);
  await fill(clean);
  const faulty = createFaultyDisk(disk, plan(disk.openTree("/from")));
  const system = await openInlineSystem(faulty);
  return bedOf(disk, system, system);
}

/** A faulty system as source or destination of the generic path. */
export async function openAcross(
  source: SystemFaultPlan,
  target: SystemFaultPlan = {},
): Promise<FaultBed & AsyncDisposable> {
  const disk = createMemoryDisk({ roots: ["/from", "/to"] });
  const inner = await openInlineSystem(disk);
  await fill(inner);
  return bedOf(disk, createFaultySystem(inner, source), createFaultySystem(inner, target));
}

/** Makes the files of a bed. */
export async function fill(system: OrbitSystem): Promise<void> {
  await put(system, "/from", "file", noise(SIZE));
  await put(system, "/to", "file", "old");
}

/** A bed of these ends. */
export function bedOf(
  disk: Disk,
  system: OrbitSystem,
  target: OrbitSystem,
): FaultBed & AsyncDisposable {
  const tree = disk.openTree("/from");
  return {
    ...{ disk, tree, system, target, base: "/from", targetBase: "/to" },
    [Symbol.asyncDispose]: () => system[Symbol.asyncDispose](),
  };
}

/** The destination is as it was: the old file, nothing staged. */
export async function assertUntouched({ disk }: FaultBed): Promise<void> {
  const clean = await openInlineSystem(disk);
  deepEqual(await pathsIn(clean, "/to"), ["file"]);
  equal(await textAt(clean, "/to/file"), "old");
}

/** Whether a name is a staged file's. */
export const isStaged = (path: string) => path.includes(".orbit-");

/** Flips a bit somewhere in the middle. */
export function flip(bytes: Uint8Array, more = 0): Uint8Array {
  const changed = bytes.slice();
  if (changed.length > 0) changed[(changed.length >> 1) + more] ^= 1;
  return changed;
}
