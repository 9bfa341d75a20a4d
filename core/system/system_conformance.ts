/**
 * The contract of `OrbitSystem` as tests: one suite that every system passes, wherever its files
 * are. It speaks to them through the port alone.
 */
import type { Action, ActionOptions, OrbitSystem } from "./system.ts";
import { actionCases } from "./system_conformance_actions.ts";
import { readCases } from "./system_conformance_read.ts";
import { scanCases } from "./system_conformance_scan.ts";
import { stageCases } from "./system_conformance_stage.ts";
import { transferCases } from "./system_conformance_transfer.ts";

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

/** Declares the suite for one system, a step a clause; `open` is called once. */
export function testSystem(
  name: string,
  open: () => Promise<SystemHost>,
  options: { ignore?: boolean } = {},
): void {
  const cases = [...readCases, ...scanCases, ...actionCases, ...stageCases, ...transferCases];
  Deno.test({
    name: `${name} keeps the promises of OrbitSystem`,
    ignore: options.ignore,
    fn: async (test) => {
      await using host = await open();
      for (const [clause, check] of cases) await test.step(clause, () => check(host.makeBed()));
    },
  });
}

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
