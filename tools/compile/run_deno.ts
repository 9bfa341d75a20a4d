/** Deno's own tools, run in the repository. */

/** Runs `deno ARGS…` and returns its standard output; throws with what it said when it fails. */
export async function runDeno(
  root: string,
  args: string[],
  options: { signal?: AbortSignal } = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
    signal: options.signal,
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  options.signal?.throwIfAborted();
  throw new Error(`deno ${args[0]}: ${decoder.decode(stderr).trim()}`);
}
