/** What a faulty disk is told to do, and the count of its calls. */
import type { FileHandle, Tree } from "./disk.ts";

/** Names of the port's calls: `Tree`'s as they are, the others' with their object in front. */
export type FaultOperation =
  | "openTree"
  | Extract<keyof Tree, string>
  | `file.${Extract<keyof FileHandle, string>}`
  | "listing.describe";

/** One call, before it reaches the disk. */
export interface FaultCall {
  operation: FaultOperation;
  /**
   * Relative to the tree, as it was given; of handles the path they were opened by, of `describe`
   * the entry, of `openTree` the absolute path. Calls with two paths name the one that is made.
   */
  path: string;
  /** The other path of `rename` and `makeHardLink`: what is renamed or linked. */
  from?: string;
  /** Absolute path that the tree was opened by. */
  tree: string;
  /** How many calls of this operation the disk has seen, this one included. */
  count: number;
}

/** A read or write of a handle. */
export interface FaultTransfer extends FaultCall {
  /** Byte position in the file. */
  position: number;
}

/** When and how a disk fails. Everything absent changes nothing. */
export interface FaultPlan {
  /** Called before every call; what it throws is what the caller sees, and the disk isn't asked. */
  before?(call: FaultCall): void;
  /** Bytes to write in place of `bytes` (a copy): changed, or shortened as by a lost write. */
  mutateWrite?(bytes: Uint8Array, call: FaultTransfer): Uint8Array;
  /** Bytes to return in place of those read (a copy): changed, or shortened. */
  mutateRead?(bytes: Uint8Array, call: FaultTransfer): Uint8Array;
}

/** A plan at work on one disk. */
export class Faults {
  readonly #counts = new Map<FaultOperation, number>();

  constructor(readonly plan: FaultPlan) {}

  /** Counts a call and gives the plan its chance to throw. */
  enter(call: Omit<FaultCall, "count">): FaultCall {
    const count = (this.#counts.get(call.operation) ?? 0) + 1;
    this.#counts.set(call.operation, count);
    const counted = { ...call, count };
    this.plan.before?.(counted);
    return counted;
  }
}
