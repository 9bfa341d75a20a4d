/** The steps of a job as a directed graph without cycles. */
import { OrbitError } from "#core/errors.ts";

/** A step as it is asked for. */
export interface NewStep {
  /** Lower-case letters, digits, `_` and `-`; unique within the job. */
  name: string;
  /** Names of steps that must be over before this one starts. */
  after?: readonly string[];
}

/** More steps than any job needs; a bound on hostile input. */
const MAX_STEPS = 256;
const NAME = /^[a-z][a-z0-9_-]{0,63}$/;

/**
 * Sorts steps so that each comes behind those it waits for, else in the order given
 * (A. B. Kahn, "Topological sorting of large networks", 1962).
 *
 * @throws {OrbitError} `invalid` for a cycle, an unknown, duplicate or malformed name, no step.
 */
export function sortSteps(steps: readonly NewStep[]): Required<NewStep>[] {
  checkNames(steps);
  const left = steps.map(({ name, after = [] }) => ({ name, after: [...new Set(after)] }));
  const sorted: Required<NewStep>[] = [];
  const placed = new Set<string>();
  while (left.length > 0) {
    const next = left.findIndex((step) => step.after.every((name) => placed.has(name)));
    if (next < 0) {
      const names = left.map((step) => step.name).join(", ");
      throw invalid(left[0].name, `it waits for itself (in a cycle among ${names})`);
    }
    const [step] = left.splice(next, 1);
    placed.add(step.name);
    sorted.push(step);
  }
  return sorted;
}

function checkNames(steps: readonly NewStep[]): void {
  if (steps.length === 0) throw new OrbitError("invalid", "create a job: it has no steps");
  if (steps.length > MAX_STEPS) {
    throw new OrbitError("invalid", `create a job: it has more than ${MAX_STEPS} steps`);
  }
  const names = new Set<string>();
  for (const { name } of steps) {
    if (!NAME.test(name)) throw invalid(name, "not a name of letters, digits, _ and -");
    if (names.has(name)) throw invalid(name, "the name is used twice");
    names.add(name);
  }
  for (const { name, after = [] } of steps) {
    for (const other of after) {
      if (!names.has(other)) throw invalid(name, `it waits for ${JSON.stringify(other)}, unknown`);
    }
  }
}

/** The names of all steps that wait, directly or not, for one of the given ones. */
export function stepsBehind(steps: readonly NewStep[], names: Iterable<string>): Set<string> {
  const reached = new Set(names);
  const behind = new Set<string>();
  for (let grew = true; grew;) {
    grew = false;
    for (const { name, after = [] } of steps) {
      if (behind.has(name) || !after.some((other) => reached.has(other))) continue;
      behind.add(name);
      reached.add(name);
      grew = true;
    }
  }
  return behind;
}

function invalid(name: string, state: string): OrbitError {
  return new OrbitError("invalid", `create step ${JSON.stringify(name)}: ${state}`);
}
