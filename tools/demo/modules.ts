/** The modules that the programs are made of, on a machine that hasn't got them yet. */
import { fileURLToPath } from "node:url";
import type { Screen } from "./screen.ts";
import { DemoError, tailOf } from "./trouble.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Fetches them, the first time; the lock file says which. @throws {DemoError} */
export async function prepareModules(screen: Screen, signal: AbortSignal): Promise<void> {
  if (isDirectory(`${ROOT}node_modules/.deno`)) return;
  const step = screen.begin("Modules", "fetched, this once");
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "-q"],
    cwd: ROOT,
    ...{ stdin: "null", stdout: "null", stderr: "piped", signal },
  }).output();
  signal.throwIfAborted();
  const log = tailOf(new TextDecoder().decode(stderr));
  if (!success) throw new DemoError("deno install failed: is the npm registry in reach?", log);
  step.done("all there");
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
