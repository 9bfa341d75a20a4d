/**
 * Who may import whom: `proto ← core ← {cli, star, nucleus}`, `ui` types only, nothing imports
 * `tests`. A component is a top folder; crossing into `core` or `proto` takes the alias, so that
 * a crossing shows where it is written.
 */

/** One import as it is written. Paths are relative to the repository's root. */
export interface Import {
  from: string;
  to: string;
  specifier: string;
  /** Starting at 1. */
  line: number;
  /** `import type`: gone when the program runs. */
  typeOnly: boolean;
}

/** A broken rule, as one line for a person. */
export interface Violation {
  file: string;
  line: number;
  message: string;
}

/** The components that each component may import, itself apart. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  proto: [],
  core: ["proto"],
  cli: ["core", "proto"],
  star: ["core", "proto"],
  nucleus: ["core", "proto"],
  ui: ["core", "proto"],
  tools: [],
  tests: ["proto", "core", "cli", "star", "nucleus", "ui", "tools"],
};

/** Components that import others for their types alone. */
const TYPES_ONLY: readonly string[] = ["ui"];

const ALIASED: readonly string[] = ["core", "proto"];

/** The one place that may load native libraries. */
const NATIVE_FOLDER = "core/posix/";

/** Checks every import against the layers, and those in core that exist at run time for cycles. */
export function checkImports(imports: readonly Import[]): Violation[] {
  const broken = imports.flatMap((item) => {
    const message = checkImport(item);
    return message === undefined ? [] : [{ file: item.from, line: item.line, message }];
  });
  // Two types may name each other; two modules that run each other depend on who starts.
  const edges = imports.filter((item) => inCore(item.from) && inCore(item.to) && !item.typeOnly);
  return [...broken, ...findCycles(edges)];
}

function checkImport({ from, to, specifier, typeOnly }: Import): string | undefined {
  const [source, target] = [componentOf(from), componentOf(to)];
  const what = `import "${specifier}"`;
  if (isTest(to) && !isTest(from)) return `${what}: only tests may import a test`;
  if (source === target) return undefined;
  const allowed = MAY_IMPORT[source];
  if (allowed === undefined) return `${what}: "${source}" is no component that tools/layers knows`;
  if (!allowed.includes(target)) return `${what}: ${source} may not import ${target}`;
  if (TYPES_ONLY.includes(source) && !typeOnly) return `${what}: ${source} may import types only`;
  if (ALIASED.includes(target) && !specifier.startsWith(`#${target}/`)) {
    return `${what}: crossing from ${source} to ${target} takes the alias #${target}/`;
  }
  return undefined;
}

/** Checks that native libraries are loaded in one folder only. */
export function checkNativeCalls(file: string, code: string): Violation[] {
  if (file.startsWith(NATIVE_FOLDER) || file.startsWith("tests/")) return [];
  if (NATIVE_PROBES.has(file)) return [];
  return code.split("\n").flatMap((text, index) =>
    NATIVE_CALL.test(text.replaceAll(STRING, '""'))
      ? [{ file, line: index + 1, message: `call Deno.dlopen: only ${NATIVE_FOLDER} may` }]
      : []
  );
}

/** Programs of unit tests that try what the walls around a worker stop. */
const NATIVE_PROBES: ReadonlySet<string> = new Set(["core/system/worker_prying_program.ts"]);

const STRING = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`/g;

/** The call on a line that isn't a comment. */
const NATIVE_CALL = /^(?!\s*(?:\*|\/[/*])).*\bDeno\s*\.\s*dlopen\b/;

/** Every cycle once, at the import that closes it. */
function findCycles(imports: readonly Import[]): Violation[] {
  const byFile = Map.groupBy(imports, (item) => item.from);
  const finished = new Set<string>();
  const trail: string[] = [];
  const found: Violation[] = [];
  const visit = (file: string) => {
    trail.push(file);
    for (const { to, line } of byFile.get(file) ?? []) {
      const at = trail.indexOf(to);
      if (at >= 0) {
        const cycle = [...trail.slice(at), to].join(" → ");
        found.push({ file, line, message: `import cycle: ${cycle}` });
      } else if (!finished.has(to)) visit(to);
    }
    finished.add(trail.pop()!);
  };
  for (const file of byFile.keys()) if (!finished.has(file)) visit(file);
  return found;
}

function componentOf(path: string): string {
  return path.slice(0, path.indexOf("/"));
}

function inCore(path: string): boolean {
  return componentOf(path) === "core";
}

function isTest(path: string): boolean {
  return componentOf(path) === "tests" || /_test\.tsx?$/.test(path);
}
