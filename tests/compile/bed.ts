/** A packed `orbit` on a machine without Deno: few programs on the PATH, an empty home. */
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import type { Compression } from "../../tools/compile/compress.ts";
import type { PermissionFlag } from "../../tools/compile/permissions.ts";
import { type Program, PROGRAMS } from "../../tools/compile/programs.ts";
import {
  type PackedRuntime,
  packRuntime,
  writeSelfExtracting,
} from "../../tools/compile/self_extracting.ts";
import { type StagedProgram, stageProgram } from "../../tools/compile/stage.ts";
import { makeTempDirectory, type TempDirectory } from "../support/temp.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** All that the first start of an executable needs beside the shell. */
const NEEDED = "find gzip head id mkdir mktemp mv rm sha256sum stat tail tar".split(" ");

/** Quick rather than small. */
const QUICK: Compression = {
  decompress: "gzip -dc",
  compress: (bytes) => Promise.resolve(gzipSync(bytes, { level: 1 })),
};

export interface RunOptions {
  home: string;
  /** Where it may go instead; nowhere by default. */
  spare?: string;
  /** Of the caller's choice. */
  cacheHome?: string;
  input?: string;
  /** Another file than the packed `orbit`. */
  executable?: string;
}

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Executables of `orbit`, made once for several tests. */
export class PackedOrbit implements Disposable {
  readonly #folder: TempDirectory;
  readonly #runtime: PackedRuntime;
  readonly executable: string;
  #homes = 0;

  private constructor(folder: TempDirectory, runtime: PackedRuntime) {
    this.#folder = folder;
    this.#runtime = runtime;
    this.executable = `${folder.path}/orbit`;
    Deno.mkdirSync(`${folder.path}/bin`);
    for (const name of NEEDED) Deno.symlinkSync(findProgram(name), `${folder.path}/bin/${name}`);
  }

  static async make(): Promise<PackedOrbit> {
    const packed = new PackedOrbit(makeTempDirectory(), await packRuntime(QUICK));
    await packed.write(packed.executable, []);
    return packed;
  }

  /** Writes an executable with flags baked in. */
  async write(output: string, flags: PermissionFlag[], program = PROGRAMS[0]): Promise<void> {
    await writeSelfExtracting(output, await this.stage(flags, program), this.#runtime, QUICK);
  }

  /** Writes the other programs beside it, and gives all their paths by permission set. */
  async writeAll(): Promise<Map<string, string>> {
    const pathOf = ({ name }: Program) => `${this.#folder.path}/${name}`;
    for (const program of PROGRAMS.slice(1)) await this.write(pathOf(program), [], program);
    return new Map(PROGRAMS.map((program) => [program.permissionSet, pathOf(program)]));
  }

  /** The files of the program. */
  stage(flags: PermissionFlag[] = [], program = PROGRAMS[0]): Promise<StagedProgram> {
    return stageProgram(ROOT, program, flags);
  }

  /** A new, empty folder. */
  newFolder(): string {
    const path = `${this.#folder.path}/${this.#homes++}`;
    Deno.mkdirSync(path, { mode: 0o700 });
    return path;
  }

  /** The environment of a machine without Deno. */
  environment(home: string, spare = "/dev/null"): Record<string, string> {
    return { HOME: home, PATH: `${this.#folder.path}/bin`, TMPDIR: spare };
  }

  /** The command line and environment of a start. */
  command(args: string[], options: RunOptions): Deno.Command {
    const { home, spare = "/dev/null", cacheHome, input, executable } = options;
    return new Deno.Command(executable ?? this.executable, {
      args,
      clearEnv: true,
      env: {
        ...this.environment(home, spare),
        ...(cacheHome === undefined ? {} : { XDG_CACHE_HOME: cacheHome }),
      },
      stdin: input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    });
  }

  /** Runs it to its end. */
  async run(args: string[], options: RunOptions): Promise<RunResult> {
    const child = this.command(args, options).spawn();
    if (options.input !== undefined) {
      await new Blob([options.input]).stream().pipeTo(child.stdin);
    }
    const { code, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

/** The names in a folder, in order. */
export function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

/** The one folder below `HOME/.cache/orbit/runtime` or `…/program`. */
export function unpackedFolder(home: string, kind: "runtime" | "program"): string {
  const parent = `${home}/.cache/orbit/${kind}`;
  const names = namesIn(parent);
  if (names.length !== 1) throw new Error(`${parent}: ${names.length} folders`);
  return `${parent}/${names[0]}`;
}

function findProgram(name: string): string {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      return Deno.realPathSync(`${folder}/${name}`);
    } catch {
      // the next folder may have it
    }
  }
  throw new Error(`find "${name}": it is on no PATH`);
}
