/** The modules of ours that a program consists of. */
import { fileURLToPath } from "node:url";
import { runDeno } from "./run_deno.ts";

interface Graph {
  modules: { specifier: string; error?: string }[];
}

/** Absolute paths of the local modules that an entry reaches, itself included. */
export async function localModules(root: string, entry: string): Promise<string[]> {
  const graph: Graph = JSON.parse(await runDeno(root, ["info", "-q", "--json", entry]));
  for (const { specifier, error } of graph.modules) {
    if (error !== undefined) throw new Error(`read "${specifier}": ${error}`);
  }
  return graph.modules
    .map(({ specifier }) => specifier)
    .filter((url) => url.startsWith("file:") && !url.includes("/node_modules/"))
    .map((url) => fileURLToPath(url));
}
