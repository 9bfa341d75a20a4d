/** Errors of a copy's source side: they say so, so that a vanished source isn't a failed copy. */
import { OrbitError } from "#core/errors.ts";

/** Runs a step of the source's side; its errors say so. */
export function atSource<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw blameSource(error);
  }
}

/** The same error, marked as the source's. */
export function blameSource(error: unknown): unknown {
  if (error instanceof OrbitError) error.detail.side = "source";
  return error;
}

/** The error for a source that kept changing while it was read. */
export function changed(path: string): OrbitError {
  return new OrbitError(
    "conflict",
    `copy ${JSON.stringify(path)}: file changed while it was read`,
    { detail: { path, errno: "ECHANGED", side: "source", retryable: true } },
  );
}
