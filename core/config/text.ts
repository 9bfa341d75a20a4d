/** A configuration's text: bounded, and really text. */
import { OrbitError } from "../errors.ts";
import { escapeName } from "../names.ts";

/** A configuration above this is refused. */
export const MAX_CONFIG_BYTES = 1 << 20;

const strict = new TextDecoder("utf-8", { fatal: true });

/**
 * Checks the size and the encoding; a byte order mark is dropped.
 *
 * @throws OrbitError `invalid`.
 */
export function decodeConfig(path: string, content: string | Uint8Array): string {
  const shown = escapeName(path);
  const refuse = (message: string): never => {
    throw new OrbitError("invalid", `${shown}:${message}`, { detail: { path } });
  };
  if (content.length > MAX_CONFIG_BYTES) {
    refuse(` larger than ${MAX_CONFIG_BYTES} bytes, which no configuration needs`);
  }
  if (typeof content === "string") {
    return content.startsWith("\ufeff") ? content.slice(1) : content;
  }
  try {
    return strict.decode(content);
  } catch {
    return refuse(
      `${brokenLine(content)}:1: a byte on this line isn't UTF-8; save the file as UTF-8`,
    );
  }
}

/** The first line that isn't UTF-8; lines can be judged alone, no UTF-8 sequence holds a newline. */
function brokenLine(bytes: Uint8Array): number {
  for (let line = 1, start = 0;; line++) {
    const end = bytes.indexOf(0x0a, start);
    try {
      strict.decode(bytes.subarray(start, end === -1 ? bytes.length : end));
    } catch {
      return line;
    }
    if (end === -1) return line;
    start = end + 1;
  }
}
