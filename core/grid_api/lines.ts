/** Lines out of a stream of bytes. */
import { OrbitError } from "#core/errors.ts";

/** No line is longer: a path of 4 KiB escapes to six times that, and there may be two. */
const MAX_LINE_CHARS = 1024 * 1024;

/**
 * The lines of a stream, each when it is whole; empty ones, by which a server says that it is
 * still there, are left out.
 *
 * @throws {OrbitError} `unavailable` (retryable) when the stream breaks or ends within a line;
 * `corrupt` when a line is longer than 1 MiB.
 */
export async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const part of pieces(stream)) {
    const lines = (rest + decoder.decode(part, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (line !== "") yield line;
    if (rest.length > MAX_LINE_CHARS) {
      throw new OrbitError(
        "corrupt",
        `read lines: one is longer than ${MAX_LINE_CHARS} characters`,
      );
    }
  }
  if (rest !== "") throw broken("it ended within a line");
}

async function* pieces(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    // A reader that gave up says so in its own words.
    if (error instanceof OrbitError || isAbort(error)) throw error;
    throw broken(error instanceof Error ? error.message : "it broke");
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

function broken(why: string): OrbitError {
  return new OrbitError("unavailable", `read lines: the stream broke off: ${why}`, {
    detail: { retryable: true },
  });
}
