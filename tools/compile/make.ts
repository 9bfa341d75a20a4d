/** Makes executables: by `deno compile` where that works, self-extracting otherwise. */
import { join } from "node:path";
import type { CompileArguments } from "./arguments.ts";
import { type Compression, COMPRESSIONS } from "./compress.ts";
import { compileWithDeno } from "./deno_compile.ts";
import type { Program } from "./programs.ts";
import { packRuntime, writeSelfExtracting } from "./self_extracting.ts";
import { type StagedProgram, stageProgram } from "./stage.ts";
import { tryStart } from "./try_start.ts";

/** An executable. */
export interface Made {
  type: "made";
  program: string;
  kind: "deno-compile" | "self-extracting";
  path: string;
  bytes: number;
  /** Why not by `deno compile`. */
  reason?: string;
}

/** Makes what is asked for, one after the other, in a folder that exists. */
export async function* makeExecutables(
  root: string,
  request: Pick<CompileArguments, "programs" | "out" | "compression" | "permissions">,
): AsyncGenerator<Made> {
  const maker = new Maker(request.out, COMPRESSIONS[request.compression]);
  for (const program of request.programs) {
    yield await maker.make(await stageProgram(root, program, request.permissions));
  }
}

class Maker {
  readonly #out: string;
  readonly #compression: Compression;
  /** Why `deno compile` failed; it would for the next program too. */
  #whyNotCompiled: string | undefined;
  #runtime: ReturnType<typeof packRuntime> | undefined;

  constructor(out: string, compression: Compression) {
    this.#out = out;
    this.#compression = compression;
  }

  async make(staged: StagedProgram): Promise<Made> {
    const { program } = staged;
    const path = join(this.#out, program.name);
    this.#whyNotCompiled ??= await this.#compile(path, program, staged);
    if (this.#whyNotCompiled === undefined) return made(program, "deno-compile", path);
    this.#runtime ??= packRuntime(this.#compression);
    await writeSelfExtracting(path, staged, await this.#runtime, this.#compression);
    const trouble = await tryStart(path, program.name);
    if (trouble !== undefined) {
      throw new Error(`make ${program.name}: it doesn't start: ${trouble}`);
    }
    return { ...made(program, "self-extracting", path), reason: this.#whyNotCompiled };
  }

  /** Under another name first, so that what doesn't start replaces nothing. */
  async #compile(path: string, program: Program, staged: StagedProgram) {
    const temporary = `${path}.tmp`;
    try {
      const trouble = await compileWithDeno(temporary, staged) ??
        await tryStart(temporary, program.name);
      if (trouble !== undefined) return trouble;
      Deno.renameSync(temporary, path);
    } finally {
      removeFile(temporary);
    }
  }
}

function made(program: Program, kind: Made["kind"], path: string): Made {
  return { type: "made", program: program.name, kind, path, bytes: Deno.statSync(path).size };
}

function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
