/** Errors as HTTP answers. */
import { type ErrorCode, OrbitError, type OrbitError as Problem } from "#core/errors.ts";

/** The HTTP status of each error. */
const STATUS: Record<ErrorCode, number> = {
  invalid: 400,
  unauthenticated: 401,
  denied: 403,
  not_found: 404,
  conflict: 409,
  exhausted: 429,
  corrupt: 500,
  internal: 500,
  unsupported: 501,
  unavailable: 503,
};

/** An error that HTTP has a status of its own for. */
export class HttpProblem extends OrbitError {
  constructor(
    readonly status: number,
    code: ErrorCode,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(code, message);
  }
}

/** The HTTP status for an error. */
export function statusOf(error: Problem): number {
  return error instanceof HttpProblem ? error.status : STATUS[error.code];
}

/** Whether the error is the Nucleus's own trouble, whose words may hold paths of its disks. */
export function isOwnTrouble({ code }: Problem): boolean {
  return STATUS[code] === 500;
}

/** An error as an answer. */
export function problemResponse(error: Problem): Response {
  const { code, message, detail } = error;
  const headers = new Headers(error instanceof HttpProblem ? error.headers : {});
  if (code === "unauthenticated") headers.set("www-authenticate", 'Bearer realm="orbit"');
  return jsonResponse({ error: { code, message, detail } }, { status: statusOf(error), headers });
}

/** An answer of JSON. */
export function jsonResponse(
  value: unknown,
  { status = 200, headers = new Headers() }: { status?: number; headers?: Headers } = {},
): Response {
  headers.set("content-type", "application/json");
  return new Response(JSON.stringify(value) + "\n", { status, headers });
}
