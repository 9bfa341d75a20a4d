/** Reads configurations. */
import { OrbitError, systemError } from "../errors.ts";
import { escapeName } from "../names.ts";
import { checkValue } from "./issues.ts";
import { findPlace } from "./place.ts";
import { configError } from "./problem.ts";
import type { ConfigSchema } from "./schema.ts";
import { decodeConfig, MAX_CONFIG_BYTES } from "./text.ts";
import { readToml } from "./toml.ts";

/** What to read. */
export interface ReadConfigOptions<T> {
  /** Named in errors. */
  path: string;
  /** Bytes are checked to be UTF-8. */
  text: string | Uint8Array;
  schema: ConfigSchema<T>;
}

/** A configuration that its schema accepts. */
export interface Config<T> {
  readonly path: string;
  readonly value: T;
  /**
   * The error for what only the machine can tell, such as a folder that isn't there: `invalid`,
   * with the line of each key.
   */
  refuse(problems: readonly ConfigComplaint[]): OrbitError;
}

/** What is wrong with the value of a key. */
export interface ConfigComplaint {
  /** From the file's top, such as `["security", "allowed_paths", 0]`. */
  keys: readonly (string | number)[];
  message: string;
}

/**
 * Reads a TOML 1.0 text and holds it against a schema.
 *
 * @throws OrbitError `invalid` with every problem on a line of its own, as
 * `path:line:column: message`, the first 20 in the order of the file.
 */
export function readConfig<T>({ path, text, schema }: ReadConfigOptions<T>): Config<T> {
  const { content, problems, positions } = readToml(decodeConfig(path, text));
  if (content === undefined) throw configError(path, problems, positions);
  const checked = checkValue(schema, content.value, content.place);
  const all = "problems" in checked ? [...problems, ...checked.problems] : problems;
  if ("problems" in checked || all.length > 0) throw configError(path, all, positions);
  return {
    path,
    value: checked.value,
    refuse: (complaints) =>
      configError(
        path,
        complaints.map(({ keys, message }) => {
          const { place, whole } = findPlace(content.place, keys);
          return { at: whole ? place.valueAt : place.at, message };
        }),
        positions,
      ),
  };
}

/**
 * Reads a configuration file; at most 1 MiB of it, and only of an ordinary file.
 *
 * @throws OrbitError as {@linkcode readConfig}, and `not_found`, `denied` or another code when
 * the file can't be read.
 */
export function readConfigFile<T>(
  { path, schema }: Omit<ReadConfigOptions<T>, "text">,
): Config<T> {
  return readConfig({ path, text: readBounded(path), schema });
}

function readBounded(path: string): Uint8Array {
  try {
    // Looked at before it is opened: opening a named pipe waits for its other end.
    if (!Deno.statSync(path).isFile) {
      throw new OrbitError("invalid", `read "${escapeName(path)}": not an ordinary file`, {
        detail: { path },
      });
    }
    using file = Deno.openSync(path);
    const buffer = new Uint8Array(MAX_CONFIG_BYTES + 1);
    let length = 0;
    while (length < buffer.length) {
      const count = file.readSync(buffer.subarray(length));
      if (count === null) break;
      length += count;
    }
    return buffer.subarray(0, length);
  } catch (error) {
    if (error instanceof OrbitError) throw error;
    const errno = (error as { code?: string }).code ?? "EIO";
    throw systemError(errno, "read configuration", path);
  }
}
