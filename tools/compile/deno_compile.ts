/** Executables by `deno compile`, which needs a runtime of its own (denort) to be had. */
import { dirname, join } from "node:path";
import { v8Options } from "./programs.ts";
import { runDeno } from "./run_deno.ts";
import type { StagedProgram } from "./stage.ts";

/** The runtime is 40 MB: a host that hasn't sent it by then is taken for out of reach. */
const PATIENCE_MS = 60_000;

/** Writes the executable, or returns in one line why it can't. */
export async function compileWithDeno(
  output: string,
  staged: StagedProgram,
): Promise<string | undefined> {
  const folder = Deno.makeTempDirSync({ prefix: "orbit-compile-" });
  try {
    for (const { path, bytes } of staged.files) {
      Deno.mkdirSync(dirname(join(folder, path)), { recursive: true });
      Deno.writeFileSync(join(folder, path), bytes);
    }
    const addons = staged.files.map(({ path }) => path).filter((path) => path.endsWith(".node"));
    const assets = staged.files.map(({ path }) => path).filter((path) =>
      path.startsWith("assets/")
    );
    const included = [...staged.workers, ...addons, ...assets];
    await runDeno(folder, [
      "compile",
      "-q",
      "--no-check",
      "--no-prompt",
      "--config=deno.json",
      `-P=${staged.program.permissionSet}`,
      ...v8Options(staged.program),
      ...included.map((path) => `--include=${path}`),
      `--output=${output}`,
      staged.entry,
    ], { signal: AbortSignal.timeout(PATIENCE_MS) });
    return undefined;
  } catch (error) {
    return summarise(error);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** What failed, and the deepest cause of it. */
function summarise(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return `deno compile: no answer within ${PATIENCE_MS / 1000} s`;
  }
  const message = error instanceof Error ? error.message : String(error);
  const causes = [...message.matchAll(/^ +\d+: (?!<unknown>)(.*)$/gm)].map(([, cause]) => cause);
  if (causes.length === 0) return message.split("\n")[0].trim();
  const ends = causes.length === 1 ? causes : [causes[0].replace(/\.$/, ""), causes.at(-1)];
  return `deno compile: ${ends.join(": ")}`;
}
