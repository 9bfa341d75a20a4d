/** The program `orbit-star` in a process of its own. */
import type { OrbitProcess } from "../../support/run.ts";
import type { NucleusProcess } from "./nucleus_process.ts";
import { programCommand, runProgram, startProgram } from "./programs.ts";

/** How a Star is started. */
export interface StarOptions {
  /** An empty folder of its own. */
  folder: string;
  /** What it may touch. */
  allow: string;
  /** Where it finds the Nucleus, when that isn't the Nucleus's own address. */
  hub?: string;
  /** HOST:PORT where it listens itself. */
  listen?: string;
}

/** A running Star that the Nucleus knows. */
export class StarProcess implements AsyncDisposable {
  private constructor(private readonly process: OrbitProcess, readonly id: string) {}

  /** Has a Star adopted and runs it; returns when the Nucleus has it online. */
  static async start(nucleus: NucleusProcess, options: StarOptions): Promise<StarProcess> {
    const { folder, allow, listen, hub = nucleus.address } = options;
    Deno.mkdirSync(folder, { recursive: true });
    const tokenPath = `${folder}/join-token`, state = `--state=${folder}/star`;
    Deno.writeTextFileSync(tokenPath, await nucleus.createToken(), { mode: 0o600 });
    const join = ["join", `--hub=${hub}`, `--token-file=${tokenPath}`, state];
    await runProgram(programCommand("star", join), folder);
    const run = ["run", `--allow=${allow}`, state, "--log-format=json"];
    if (listen !== undefined) run.push(`--listen=${listen}`);
    const process = startProgram(programCommand("star", run), { home: folder });
    const star = await nucleus.online();
    return new StarProcess(process, star.id);
  }

  get pid(): number {
    return this.process.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGTERM");
    await this.process.result;
  }
}
