/**
 * The one error type that crosses a component's door.
 *
 * A code says what the caller can do about it; every edge (exit status, gRPC status, HTTP status)
 * maps the closed set below in one exhaustive table, so a new code fails to compile until mapped.
 */

/** What a caller can do about an error. */
export type ErrorCode =
  /** The request itself is wrong; asking again can't help. */
  | "invalid"
  /** The named thing doesn't exist (or vanished). */
  | "not_found"
  /** The thing is in another state than the request assumes: it changed, exists, or is held. */
  | "conflict"
  /** Who asks isn't known: no credential, or one that is wrong or expired; get a new one. */
  | "unauthenticated"
  /** Not allowed: permissions, the jail, a read-only file system. */
  | "denied"
  /** A bound was reached: disk full, quota, too many open files, a limit of ours. */
  | "exhausted"
  /** The other side can't be reached now; asking again later may help. */
  | "unavailable"
  /** Bytes aren't what they should be. */
  | "corrupt"
  /** Not supported here, by this file system, platform or permission. */
  | "unsupported"
  /** Input/output failed, or a defect of ours. */
  | "internal";

const CODES: Record<ErrorCode, true> = {
  invalid: true,
  not_found: true,
  conflict: true,
  unauthenticated: true,
  denied: true,
  exhausted: true,
  unavailable: true,
  corrupt: true,
  unsupported: true,
  internal: true,
};

/** Whether a text that came from elsewhere is one of the codes. */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === "string" && Object.hasOwn(CODES, text);
}

/** Facts that a program may want, beside the message that a person reads. */
export interface ErrorDetail {
  /** The path the trouble is about, raw (escape it before showing it). */
  path?: string;
  /** The system's name for the error, such as `ENOSPC`. */
  errno?: string;
  /** Which end of a transfer it happened at. */
  side?: "source" | "destination";
  /** The same request may succeed if it is repeated. */
  retryable?: boolean;
  /** Of a sync that isn't complete for this reason alone, which has an exit status of its own. */
  outcome?: "vanished" | "delete-limit" | "timeout";
}

/**
 * Thrown by everything in Orbit that fails for a reason it understands.
 * Cancellation is not an OrbitError: it stays `signal.reason`.
 */
export class OrbitError extends Error {
  override readonly name = "OrbitError";
  readonly code: ErrorCode;
  readonly detail: ErrorDetail;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; detail?: ErrorDetail } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = options.detail ?? {};
  }
}

/** An OrbitError as plain data, for worker messages and JSON. */
export interface ErrorData {
  code: ErrorCode;
  message: string;
  detail: ErrorDetail;
}

/** Turns anything thrown into plain data that survives a worker boundary. */
export function toErrorData(error: unknown): ErrorData {
  if (error instanceof OrbitError) {
    return { code: error.code, message: error.message, detail: error.detail };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: "internal", message, detail: {} };
}

/** The inverse of {@linkcode toErrorData}. */
export function fromErrorData(data: ErrorData): OrbitError {
  return new OrbitError(data.code, data.message, { detail: data.detail });
}

/** Anything thrown, as an OrbitError. */
export function toOrbitError(error: unknown): OrbitError {
  return error instanceof OrbitError
    ? error
    : new OrbitError("internal", toErrorData(error).message, { cause: error });
}

/** How each system error number is classified, and what a person is told. */
const ERRNO: Record<string, readonly [ErrorCode, string]> = {
  EPERM: ["denied", "operation not permitted"],
  ENOENT: ["not_found", "no such file or directory"],
  EINTR: ["unavailable", "interrupted"],
  EIO: ["internal", "input/output error"],
  ENXIO: ["internal", "no such device"],
  EBADF: ["internal", "bad file handle"],
  EAGAIN: ["unavailable", "resource temporarily unavailable"],
  ENOMEM: ["exhausted", "out of memory"],
  EACCES: ["denied", "permission denied"],
  EBUSY: ["conflict", "device or resource busy"],
  EEXIST: ["conflict", "file exists"],
  EXDEV: ["denied", "path leads outside its root or onto another device"],
  ENODEV: ["unsupported", "no such device"],
  ENOTDIR: ["conflict", "not a directory"],
  EISDIR: ["conflict", "is a directory"],
  EINVAL: ["invalid", "invalid argument"],
  ENFILE: ["exhausted", "too many open files in the system"],
  EMFILE: ["exhausted", "too many open files"],
  ETXTBSY: ["conflict", "text file busy"],
  EFBIG: ["exhausted", "file too large"],
  ENOSPC: ["exhausted", "no space left on device"],
  EROFS: ["denied", "read-only file system"],
  EMLINK: ["exhausted", "too many links"],
  ENAMETOOLONG: ["invalid", "file name too long"],
  ENOSYS: ["unsupported", "not implemented by this system"],
  ENOTEMPTY: ["conflict", "directory not empty"],
  ELOOP: ["denied", "a symbolic link is in the way"],
  ENODATA: ["not_found", "no such attribute"],
  EOVERFLOW: ["exhausted", "value too large"],
  EILSEQ: ["invalid", "invalid name for this file system"],
  EOPNOTSUPP: ["unsupported", "not supported by this file system"],
  EDQUOT: ["exhausted", "disk quota exceeded"],
  ESTALE: ["unavailable", "stale file handle"],
};

/**
 * An OrbitError for a failed system call.
 *
 * @param errno The symbolic name, such as `ENOSPC`.
 * @param action What was being done, such as `open`; the message reads `open "path": reason`.
 */
export function systemError(errno: string, action: string, path: string): OrbitError {
  const [code, reason] = ERRNO[errno] ?? ["internal", errno];
  return new OrbitError(code, `${action} ${JSON.stringify(path)}: ${reason}`, {
    detail: { path, errno },
  });
}
