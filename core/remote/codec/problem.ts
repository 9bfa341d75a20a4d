/** Trouble with one item, as data on both sides. */
import type { ErrorData } from "#core/errors.ts";
import { fromProblem as fromKnownProblem, toProblem as toKnownProblem } from "#core/rpc/mod.ts";
import type { Problem } from "#proto/gen/orbit/v1/files_pb.ts";
import type { Blame } from "./blame.ts";

/** Longer paths are left out: receivers take no longer ones, and results come many at a time. */
const MAX_DETAIL_PATH_LENGTH = 1024;

export function toProblem({ code, message, detail }: ErrorData): Problem {
  const { path, ...rest } = detail;
  const isShort = path !== undefined && path.length <= MAX_DETAIL_PATH_LENGTH;
  return toKnownProblem(code, message, isShort ? detail : rest);
}

/** Its text is made safe to show; its code must be one that there is. */
export function fromProblem(problem: Problem, field: string, blame: Blame): ErrorData {
  const known = fromKnownProblem(problem);
  if (known !== undefined) return known;
  throw blame(`${field}.code`, `${JSON.stringify(problem.code.slice(0, 40))} is no code`);
}
