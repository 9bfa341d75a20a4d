/** Errors as a source tells them. */
import { type ErrorData, isErrorCode } from "#core/errors.ts";
import { plainLine } from "#core/plain_line.ts";

const MAX_MESSAGE_LENGTH = 2048;
const MAX_PATH_LENGTH = 4096;

/** What it says, and nothing but what an error has; undefined when it isn't one. */
export function parseError(text: string): ErrorData | undefined {
  let told: Partial<ErrorData> | null;
  try {
    told = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { code, message, detail } = told ?? {};
  if (!isErrorCode(code) || typeof message !== "string") return undefined;
  const { errno, retryable, path } = (detail ?? {}) as ErrorData["detail"];
  return {
    code,
    message: plainLine(message, MAX_MESSAGE_LENGTH),
    detail: {
      ...typeof errno === "string" && /^E[A-Z0-9]{1,20}$/.test(errno) ? { errno } : {},
      ...retryable === true ? { retryable } : {},
      ...typeof path === "string" && path.length <= MAX_PATH_LENGTH ? { path } : {},
      side: "source",
    },
  };
}
