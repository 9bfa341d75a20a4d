/** Syncs in memory, for the tests of this folder: two ends on one disk. */
import { ManualClock } from "#core/clock.ts";
import { createJobId, openJobStore } from "#core/magnetar/mod.ts";
import type { Disk, Tree } from "#core/system/disk.ts";
import { createMemoryDisk, type MemoryDiskOptions } from "#core/system/disk_memory.ts";
import { openInlineSystem } from "#core/system/memory_system.ts";
import type { ActionOptions, OrbitSystem } from "#core/system/system.ts";
import type { SyncEvent, SyncReport } from "./events.ts";
import { defaultSyncOptions, type SyncOptions, type SyncRequest } from "./options.ts";
import { Planner } from "./planner.ts";
import { MAX_PRIORITY, type PlanItem, type SyncStep } from "./plan_item.ts";
import { type Preparation, prepareSync } from "./prepare.ts";
import { runSync, type SyncServices } from "./run_sync.ts";
import { syncStepGraph } from "./steps.ts";
import { zeroTotals } from "./totals.ts";

/** A disk with the folders `/source` and `/destination`. */
export interface TestBed extends AsyncDisposable {
  disk: Disk;
  system: OrbitSystem;
  source: Tree;
  destination: Tree;
  clock: ManualClock;
  events: SyncEvent[];
  services: SyncServices;
}

/** Makes a bed; its destination is `/destination`, on the same disk. */
export async function openTestBed(options: Partial<MemoryDiskOptions> = {}): Promise<TestBed> {
  const disk = createMemoryDisk({ roots: ["/"], now: () => 1_700_000_000_000, ...options });
  {
    using root = disk.openTree("/");
    root.makeDirectory("source", 0o755);
    root.makeDirectory("destination", 0o755);
  }
  const system = await openInlineSystem(disk);
  const source = disk.openTree("/source"), destination = disk.openTree("/destination");
  const clock = new ManualClock();
  const events: SyncEvent[] = [];
  return {
    disk,
    system,
    source,
    destination,
    clock,
    events,
    services: {
      source: system,
      destination: system,
      clock,
      observer: (event) => void events.push(event),
      privileged: true,
      umask: 0o022,
      width: 2,
    },
    async [Symbol.asyncDispose]() {
      source[Symbol.dispose]();
      destination[Symbol.dispose]();
      await system[Symbol.asyncDispose]();
    },
  };
}

/** An order with rsync's usual options and the given ones. */
export function requestFor(
  options: Partial<SyncOptions> = {},
  ends: Partial<Omit<SyncRequest, "options">> = {},
): SyncRequest {
  return {
    sources: [{ path: "/source", contents: true }],
    destination: "/destination",
    destinationIsDirectory: true,
    ...ends,
    options: { ...defaultSyncOptions(), ...options },
  };
}

/** Prepares a request on the bed's disk, whose paths have no links. */
export function prepareOn(bed: TestBed, request: SyncRequest): Preparation {
  return prepareSync(request, bed.disk, (path) => path);
}

/** Runs a sync as a job of its own, with some services replaced. */
export async function runOn(
  bed: TestBed,
  options: Partial<SyncOptions> = {},
  services: Partial<SyncServices> = {},
): Promise<SyncReport> {
  const folder = Deno.makeTempDirSync({ prefix: "orbit-test-" });
  try {
    using store = openJobStore(folder);
    const id = createJobId(0, () => 0.5);
    const request = requestFor(options);
    store.createJob({
      id,
      kind: "sync",
      label: "test",
      spec: {},
      steps: syncStepGraph(request.options),
    });
    const { sync } = prepareOn(bed, request);
    const job = { store, id, resumed: false, manifest: false };
    return await runSync(sync, { ...bed.services, ...services }, job);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Every item that is planned for a request. */
export async function planOn(
  bed: TestBed,
  options: Partial<SyncOptions> = {},
  ends: Partial<Omit<SyncRequest, "options">> = {},
  { privileged = true } = {},
): Promise<{ items: PlanItem[]; notes: string[]; troubles: string[]; planner: Planner }> {
  const { sync } = prepareOn(bed, requestFor(options, ends));
  const notes: string[] = [], troubles: string[] = [];
  const planner = new Planner({
    ...sync,
    source: bed.system,
    destination: bed.system,
    timeStepNs: 1,
    privileged,
    umask: 0o022,
    tag: "testtest",
    hasLeftovers: false,
    totals: zeroTotals(),
    onTrouble: (path) => void troubles.push(path),
    onNote: (message) => void notes.push(message),
  });
  const items: PlanItem[] = [];
  for await (const batch of planner.items()) items.push(...batch);
  return { items, notes, troubles, planner };
}

/** Writes a file, with a time. */
export function writeFile(tree: Tree, path: string, text: string, mtime = 1_000_000_000): void {
  {
    using file = tree.createFile(path);
    file.write(new TextEncoder().encode(text), 0);
  }
  tree.apply(path, { permissions: 0o644, mtime, mtimeNs: 0 });
}

const STEPS: readonly SyncStep[] = [
  "directories",
  "transfer",
  "links",
  "delete",
  "late",
  "cleanup",
  "finish",
];

/** Carries a plan out as the steps of a job do; returns the messages of what failed. */
export async function applyPlan(bed: TestBed, items: PlanItem[]): Promise<string[]> {
  const options: ActionOptions = {
    tag: "testtest",
    verify: true,
    followLinks: false,
    keepTimes: true,
    sparse: false,
    inplace: false,
    fsync: false,
    keepPartial: false,
  };
  const failures: string[] = [];
  for (const step of STEPS) {
    const due = items.filter((item) => item.step === step).sort((a, b) =>
      Math.min(MAX_PRIORITY, b.priority) - Math.min(MAX_PRIORITY, a.priority)
    );
    const actions = due.map(({ action }) => action);
    const request = { sources: ["/source"], base: "/destination", actions, options };
    for (const { error } of await bed.system.transferTo(bed.system, request)) {
      if (error !== undefined) failures.push(error.message);
    }
  }
  return failures;
}
