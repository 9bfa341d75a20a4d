/**
 * A program, the runtime and a shell script in one executable file. The same input gives the same
 * bytes.
 */
import { createHash } from "node:crypto";
import type { Compression } from "./compress.ts";
import { hideLateImports } from "./late_imports.ts";
import { v8Options } from "./programs.ts";
import type { StagedProgram } from "./stage.ts";
import { createTar, PACKED_TIME_S, type PackedFile } from "./tar.ts";

/** The runtime, compressed; one serves several programs. */
export interface PackedRuntime {
  archive: PackedArchive;
  decompress: string;
}

interface PackedArchive {
  /** A folder below the cache folder, named after its content. */
  folder: string;
  files: PackedFile[];
  compressed: Uint8Array;
}

/** The runtime's name as a process shows it. */
const RUNTIME_FILE = "orbit-runtime";

/** Packs this Deno. */
export async function packRuntime(compression: Compression): Promise<PackedRuntime> {
  const bytes = Deno.readFileSync(Deno.execPath());
  const files = [{ path: RUNTIME_FILE, mode: 0o500, bytes }];
  return {
    archive: await packArchive("runtime", files, compression),
    decompress: compression.decompress,
  };
}

/** Writes the executable for this platform; other than Linux is refused. */
export async function writeSelfExtracting(
  output: string,
  staged: StagedProgram,
  runtime: PackedRuntime,
  compression: Compression,
): Promise<void> {
  if (Deno.build.os !== "linux") {
    throw new Error(
      `pack ${staged.program.name}: self-extracting executables are made on Linux only`,
    );
  }
  const files = staged.program.keepsReading
    ? hideLateImports(staged.files, staged.workers)
    : staged.files;
  const program = await packArchive("program", files, compression);
  const header = createLauncher(staged, runtime, program);
  const temporary = `${output}.tmp`;
  using file = Deno.openSync(temporary, { write: true, create: true, truncate: true, mode: 0o755 });
  for (const part of [header, runtime.archive.compressed, program.compressed]) {
    for (let at = 0; at < part.length;) at += file.writeSync(part.subarray(at));
  }
  Deno.chmodSync(temporary, 0o755);
  Deno.renameSync(temporary, output); // one that is running stays whole
}

async function packArchive(
  kind: string,
  files: PackedFile[],
  { compress }: Compression,
): Promise<PackedArchive> {
  const tar = createTar(files);
  return {
    folder: `${kind}/${sha256(tar).slice(0, 32)}`,
    files: files.toSorted((a, b) => a.path < b.path ? -1 : 1),
    compressed: await compress(tar),
  };
}

/** The script before the payload, whose offsets depend on its own length. */
function createLauncher(
  staged: StagedProgram,
  runtime: PackedRuntime,
  program: PackedArchive,
): Uint8Array {
  const { archive } = runtime;
  const values: Record<string, string> = {
    NAME: quote(staged.program.name),
    RUNTIME: quote(archive.folder),
    RUNTIME_LENGTH: `${archive.compressed.length}`,
    RUNTIME_SUM: sha256(archive.compressed),
    RUNTIME_FILE,
    RUNTIME_FACTS: facts(archive.files),
    PROGRAM: quote(program.folder),
    PROGRAM_LENGTH: `${program.compressed.length}`,
    PROGRAM_SUM: sha256(program.compressed),
    PROGRAM_FILES: program.files.map(({ path }) => `$p/${safeName(path)}`).join(" "),
    PROGRAM_FACTS: facts(program.files),
    DECOMPRESS: quote(runtime.decompress),
    PERMISSIONS: quote(staged.program.permissionSet),
    RUN_FLAGS: v8Options(staged.program).map(quote).join(" "),
    ENTRY: safeName(staged.entry),
  };
  const template = Deno.readTextFileSync(new URL("./launcher.sh", import.meta.url));
  const fill = (start: number) =>
    new TextEncoder().encode(template.replaceAll(/@([A-Z_]+)@/g, (_, name: string) => {
      if (name === "RUNTIME_OFFSET") return decimal(start + 1);
      if (name === "PROGRAM_OFFSET") return decimal(start + archive.compressed.length + 1);
      if (values[name] === undefined) throw new Error(`launcher.sh: "@${name}@" has no value`);
      return values[name];
    }));
  return fill(fill(0).length);
}

/** Of a fixed width, so that the script's length doesn't depend on it. */
function decimal(value: number): string {
  return `${value}`.padEnd(12);
}

/** What `stat -c %u:%f:%s:%Y` says of the files when the user `$u` has unpacked them. */
function facts(files: readonly PackedFile[]): string {
  const regular = 0o100000;
  return files.map(({ mode, bytes }) =>
    `$u:${(regular | mode).toString(16)}:${bytes.length}:${PACKED_TIME_S}`
  ).join("\n");
}

function safeName(path: string): string {
  if (/^[\w.@/+-]+$/.test(path)) return path;
  throw new Error(`pack "${path}": a name with only letters, digits and . @ / + - _ is needed`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
