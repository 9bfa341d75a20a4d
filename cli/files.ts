/** The few files that a command reads by itself: rule files, lists, manifests. */
import { attempt } from "#core/deno_errors.ts";
import type { Host } from "#core/program/host.ts";

/**
 * The physical path of something that exists; the path as it is where the sandbox won't resolve it
 * (Deno refuses its own calls below `/dev`, `/proc` and `/sys`).
 */
export function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return path;
    throw error;
  }
}

/**
 * The whole of a file, or of standard input for "-".
 *
 * @throws OrbitError `not_found` when it isn't there, `conflict` when it is a directory, `denied`
 *   when it can't be read.
 */
export function readListFile(path: string, host: Pick<Host, "readStdin">): Uint8Array {
  return path === "-" ? host.readStdin() : attempt("read", path, () => Deno.readFileSync(path));
}
