/**
 * Fails the build when an import breaks the layers; `layer_rules.ts` has the rules.
 *
 * Imports are read by Deno itself (`deno info`), so the check sees what the compiler sees.
 */
import { relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { checkImports, checkNativeCalls, type Import, type Violation } from "./layer_rules.ts";

/** The part of `deno info --json` that is used. */
interface Graph {
  modules: {
    specifier: string;
    dependencies?: {
      specifier: string;
      code?: Resolved;
      type?: Resolved;
    }[];
  }[];
}

interface Resolved {
  specifier?: string;
  error?: string;
  span: { start: { line: number } };
}

/** Checks all code under a repository's root. */
export async function checkLayers(root: string): Promise<Violation[]> {
  const files = codeFiles(root, "");
  const imports = await readImports(root, files);
  const native = files.flatMap((file) =>
    checkNativeCalls(file, Deno.readTextFileSync(`${root}/${file}`))
  );
  return [...checkImports(imports), ...native];
}

/** Folders at the top that hold no code of ours; names with a leading dot are left out anyway. */
const NOT_OURS = ["node_modules", "dist"];

function codeFiles(root: string, folder: string): string[] {
  const entries = [...Deno.readDirSync(`${root}/${folder}`)];
  return entries.sort((a, b) => a.name < b.name ? -1 : 1).flatMap((entry) => {
    if (entry.name.startsWith(".") || NOT_OURS.includes(entry.name)) return [];
    if (entry.isDirectory) return codeFiles(root, `${folder}${entry.name}/`);
    return folder !== "" && /\.tsx?$/.test(entry.name) ? [folder + entry.name] : [];
  });
}

async function readImports(root: string, files: readonly string[]): Promise<Import[]> {
  const graph = await readGraph(root, files);
  return graph.modules.flatMap(({ specifier: module, dependencies }) => {
    const from = pathIn(root, module);
    if (from === undefined) return [];
    return (dependencies ?? []).flatMap(({ specifier, code, type }) => {
      const resolved = code ?? type;
      const to = pathIn(root, resolved?.specifier);
      if (resolved === undefined || to === undefined) return [];
      const line = resolved.span.start.line + 1;
      return [{ from, to, specifier, line, typeOnly: code === undefined }];
    });
  });
}

/** The graph of all files: one temporary module imports them, so one process reads them all. */
async function readGraph(root: string, files: readonly string[]): Promise<Graph> {
  const entry = Deno.makeTempFileSync({ suffix: ".ts" });
  try {
    const urls = files.map((file) => pathToFileURL(`${root}/${file}`).href);
    Deno.writeTextFileSync(entry, urls.map((url) => `import ${JSON.stringify(url)};\n`).join(""));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "-q", "--json", "--no-lock", "--config", `${root}/deno.json`, entry],
    }).output();
    if (!success) throw new Error(`read imports: ${new TextDecoder().decode(stderr)}`);
    return JSON.parse(new TextDecoder().decode(stdout));
  } finally {
    Deno.removeSync(entry);
  }
}

/** A module's path from the root with "/", or undefined when it isn't code of ours. */
function pathIn(root: string, url: string | undefined): string | undefined {
  if (url === undefined || !url.startsWith("file:")) return undefined;
  const path = relative(root, fileURLToPath(url)).replaceAll("\\", "/");
  return path.startsWith("../") || path.startsWith("node_modules/") ? undefined : path;
}

if (import.meta.main) {
  const violations = await checkLayers(fileURLToPath(new URL("..", import.meta.url)));
  for (const { file, line, message } of violations) console.error(`${file}:${line}: ${message}`);
  Deno.exit(violations.length === 0 ? 0 : 1);
}
