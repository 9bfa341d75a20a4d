/** How a call's failure is told in gRPC's terms, and understood again: one table, both ways. */
import { type ErrorCode, OrbitError, toErrorData } from "#core/errors.ts";
import { plainLine } from "#core/plain_line.ts";
import type { Problem } from "#proto/gen/orbit/v1/files_pb.ts";
import { MAX_STATUS_MESSAGE_LENGTH } from "./limits.ts";
import { fromProblem, toProblem } from "./problem.ts";

/** gRPC's status codes, by gRPC's own names. */
export const GrpcStatus = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

const BY_CODE: Record<ErrorCode, number> = {
  invalid: GrpcStatus.INVALID_ARGUMENT,
  not_found: GrpcStatus.NOT_FOUND,
  conflict: GrpcStatus.FAILED_PRECONDITION,
  unauthenticated: GrpcStatus.UNAUTHENTICATED,
  denied: GrpcStatus.PERMISSION_DENIED,
  exhausted: GrpcStatus.RESOURCE_EXHAUSTED,
  unavailable: GrpcStatus.UNAVAILABLE,
  corrupt: GrpcStatus.DATA_LOSS,
  unsupported: GrpcStatus.UNIMPLEMENTED,
  internal: GrpcStatus.INTERNAL,
};

/** Statuses that no code of ours is sent as, but that others send. */
const OTHERS: Record<number, ErrorCode> = {
  // The other side gave the call up; had we done so, the signal's reason would have been thrown.
  [GrpcStatus.CANCELLED]: "unavailable",
  [GrpcStatus.DEADLINE_EXCEEDED]: "unavailable",
  [GrpcStatus.ALREADY_EXISTS]: "conflict",
  [GrpcStatus.ABORTED]: "conflict",
  [GrpcStatus.OUT_OF_RANGE]: "invalid",
};

const BY_STATUS: Record<number, ErrorCode> = {
  ...OTHERS,
  ...Object.fromEntries(
    Object.entries(BY_CODE).map(([code, status]) => [status, code as ErrorCode]),
  ),
};

/** The end of a call, as it travels. */
export interface CallOutcome {
  /** One of {@linkcode GrpcStatus}. */
  status: number;
  message: string;
  problem?: Problem;
}

/** The end of a call that went well. */
export const SUCCEEDED: CallOutcome = { status: GrpcStatus.OK, message: "" };

/**
 * How a failed call ends for its caller. An error that nobody foresaw is told without its text,
 * which may hold paths of this machine: whoever serves the call logs it.
 *
 * @param signal The call's own: its reason, thrown by a handler, is a cancelled call.
 */
export function toOutcome(error: unknown, signal?: AbortSignal): CallOutcome {
  if (signal?.aborted && error === signal.reason && !(error instanceof OrbitError)) {
    return { status: GrpcStatus.CANCELLED, message: "the call was cancelled" };
  }
  if (isUnforeseen(error)) {
    return { status: GrpcStatus.INTERNAL, message: "the other side failed unexpectedly" };
  }
  const { code, message, detail } = error as OrbitError;
  const line = plainLine(message, MAX_STATUS_MESSAGE_LENGTH);
  return { status: BY_CODE[code], message: line, problem: toProblem(code, message, detail) };
}

/** What a handler's signal aborts with when its caller has given the call up, or is gone. */
export function callGone(): DOMException {
  return new DOMException("The caller has given the call up, or is gone", "AbortError");
}

/** The error that a call which ended like this fails with; `path` names its method. */
export function fromOutcome(path: string, outcome: CallOutcome): OrbitError {
  const { status, problem } = outcome;
  const code = BY_STATUS[status] ?? "internal";
  const told = plainLine(outcome.message, MAX_STATUS_MESSAGE_LENGTH);
  const known = problem && fromProblem(problem);
  if (known && BY_CODE[known.code] === status) {
    return new OrbitError(code, known.message || told, { detail: known.detail });
  }
  const detail = code === "unavailable" ? { retryable: true } : {};
  return new OrbitError(code, `call ${path}: ${told || `failed with status ${status}`}`, {
    detail,
  });
}

/** Whether an error is no `OrbitError`, or one that only wraps such an error. */
export function isUnforeseen(error: unknown): boolean {
  if (!(error instanceof OrbitError)) return true;
  const { code, cause, message } = error;
  return code === "internal" && cause !== undefined && !(cause instanceof OrbitError) &&
    message === toErrorData(cause).message;
}
