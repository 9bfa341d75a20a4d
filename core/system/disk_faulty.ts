/**
 * A disk that fails on demand: a decorator for any driver, to test what happens on bad days (a
 * full disk, read errors, bytes that change on their way) without one.
 */
import type { Disk } from "./disk.ts";
import { type FaultPlan, Faults } from "./disk_faulty_plan.ts";
import { FaultyTree } from "./disk_faulty_tree.ts";

export type { FaultCall, FaultOperation, FaultPlan, FaultTransfer } from "./disk_faulty_plan.ts";

/**
 * Wraps a disk so that every call passes the plan first. With an empty plan it behaves exactly as
 * `inner`; handles and trees reach `inner` when they are disposed of, whatever the plan says.
 *
 * ```ts
 * const full = createFaultyDisk(disk, {
 *   before({ operation, path, count }) {
 *     if (operation === "file.write" && count > 3) throw systemError("ENOSPC", "write", path);
 *   },
 * });
 * ```
 */
export function createFaultyDisk(inner: Disk, plan: FaultPlan): Disk {
  return withFaults(inner, new Faults(plan));
}

function withFaults(inner: Disk, faults: Faults): Disk {
  return {
    name: inner.name,
    features: inner.features,
    sameStart: inner.sameStart?.bind(inner),
    allocate: inner.allocate?.bind(inner),
    within(scope) {
      const confined = inner.within(scope);
      return Object.assign(withFaults(confined, faults), {
        [Symbol.dispose]: () => confined[Symbol.dispose](),
      });
    },
    openTree(path) {
      faults.enter({ operation: "openTree", path, tree: path });
      return new FaultyTree(inner.openTree(path), faults, path);
    },
  };
}
