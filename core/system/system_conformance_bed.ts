/** What a case of the system suite is given, and the actions that cases are made of. */
import type { Action, ActionOptions, OrbitSystem } from "./system.ts";

/** Two systems with a place to work in each. */
export interface SystemBed {
  /** What is tested. */
  readonly system: OrbitSystem;
  /** An empty directory of `system`, absolute, in its only root. */
  readonly base: string;
  /** Where transfers go; may be `system` itself. */
  readonly target: OrbitSystem;
  /** An empty directory of `target`, absolute, apart from `base`. */
  readonly targetBase: string;
  /** An absolute path outside the roots of `system`, where there is a directory with a file. */
  readonly outside: string;
}

/** Open systems that make beds; disposing of it closes them and removes everything. */
export interface SystemHost extends AsyncDisposable {
  makeBed(): SystemBed;
}

/** A clause of the contract and the code that checks it. */
export type SystemCase = readonly [clause: string, check: (bed: SystemBed) => Promise<void>];

/** Options of actions, everything off but what is named. */
export function how(options: Partial<ActionOptions> = {}): ActionOptions {
  return {
    tag: "conform1",
    verify: true,
    followLinks: false,
    keepTimes: true,
    sparse: false,
    inplace: false,
    fsync: false,
    keepPartial: false,
    ...options,
  };
}

/** A copy action of the first source. */
export function copyOf(
  path: string,
  size: number,
  more: Partial<Extract<Action, { kind: "copy" }>> = {},
): Extract<Action, { kind: "copy" }> {
  return {
    kind: "copy",
    path,
    sourcePath: path,
    source: 0,
    size,
    metadata: { permissions: 0o640 },
    ...more,
  };
}
