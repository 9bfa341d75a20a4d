/** `orbit.v1.Problem`, the way an `OrbitError` travels; what arrives is checked. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type ErrorCode, type ErrorData, type ErrorDetail, isErrorCode } from "#core/errors.ts";
import { decodeName, encodeName } from "#core/names.ts";
import { plainLine } from "#core/plain_line.ts";
import { type Problem, ProblemSchema } from "#proto/gen/orbit/v1/files_pb.ts";
import { MAX_PROBLEM_BYTES } from "./limits.ts";

const MAX_MESSAGE_LENGTH = 2048;
const MAX_PATH_BYTES = 4096;

/** An error's code, message and detail as a message. */
export function toProblem(code: ErrorCode, message: string, detail: ErrorDetail): Problem {
  return create(ProblemSchema, {
    code,
    message: plainLine(message, MAX_MESSAGE_LENGTH),
    path: detail.path === undefined ? undefined : encodeName(detail.path),
    errno: detail.errno,
    side: detail.side,
    retryable: detail.retryable,
  });
}

/** What a problem of another machine says, checked; undefined when it isn't one of ours. */
export function fromProblem(problem: Problem): ErrorData | undefined {
  const { code, message, path, errno, side, retryable } = problem;
  if (!isErrorCode(code)) return undefined;
  const detail: ErrorDetail = {};
  if (path.length > 0 && path.length <= MAX_PATH_BYTES) detail.path = decodeName(path);
  if (/^E[A-Z0-9]{1,31}$/.test(errno)) detail.errno = errno;
  if (side === "source" || side === "destination") detail.side = side;
  if (retryable) detail.retryable = true;
  return { code, message: plainLine(message, MAX_MESSAGE_LENGTH), detail };
}

/**
 * A problem as the bytes of a trailer, at most 4 KiB: the message, which also travels as the
 * status's own, is left out first, then the path.
 */
export function encodeProblem(problem: Problem): Uint8Array {
  for (
    const kept of [problem, { ...problem, message: "" }, {
      ...problem,
      message: "",
      path: new Uint8Array(),
    }]
  ) {
    const bytes = toBinary(ProblemSchema, kept);
    if (bytes.length <= MAX_PROBLEM_BYTES) return bytes;
  }
  return toBinary(ProblemSchema, create(ProblemSchema, { code: problem.code }));
}

/** The problem in a trailer's bytes; undefined when they are too many, or hold none. */
export function decodeProblem(bytes: Uint8Array): Problem | undefined {
  if (bytes.length > MAX_PROBLEM_BYTES) return undefined;
  try {
    return fromBinary(ProblemSchema, bytes);
  } catch {
    return undefined;
  }
}
