/** Where a demo happens: one temporary folder, and a guard that removes it whatever happens. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DemoError } from "./trouble.ts";

const GUARD = fileURLToPath(new URL("guard.ts", import.meta.url));
const encoder = new TextEncoder();

/** A folder for this user alone. Disposal removes it. */
export class Bed implements AsyncDisposable {
  readonly folder: string;
  readonly #guard: Deno.ChildProcess;
  readonly #told: WritableStreamDefaultWriter<Uint8Array>;
  #isEnding = false;

  /** @param stop Is aborted when there is no guard any more. */
  constructor(stop: AbortController) {
    this.folder = makeFolder();
    try {
      this.#guard = startGuard(this.folder);
    } catch (error) {
      Deno.removeSync(this.folder, { recursive: true });
      throw error;
    }
    this.#told = this.#guard.stdin.getWriter();
    this.#guard.status.then(() => {
      if (!this.#isEnding) stop.abort(this.#unguarded());
    });
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Has the guard end a process if the demo can't. */
  async watch(pid: number): Promise<void> {
    await this.#tell(`+${pid}`);
  }

  /** The process has ended: its id may become another's. */
  async forget(pid: number): Promise<void> {
    await this.#tell(`-${pid}`);
  }

  async [Symbol.asyncDispose]() {
    this.#isEnding = true;
    await this.#told.close().catch(() => {});
    const { success } = await this.#guard.status;
    if (success && !exists(this.folder)) return;
    Deno.removeSync(this.folder, { recursive: true });
  }

  #unguarded(): DemoError {
    return new DemoError(`the process that guards ${this.folder} is gone`);
  }

  async #tell(line: string): Promise<void> {
    await this.#told.write(encoder.encode(`${line}\n`)).catch(() => {
      throw this.#unguarded();
    });
  }
}

function makeFolder(): string {
  try {
    const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "orbit-demo-" }));
    Deno.chmodSync(folder, 0o700);
    return folder;
  } catch (error) {
    const { message } = error as Error;
    throw new DemoError(`make a temporary folder (below $TMPDIR, else /tmp): ${message}`);
  }
}

function startGuard(folder: string): Deno.ChildProcess {
  const rights = ["--allow-run", `--allow-read=${folder}`, `--allow-write=${folder}`];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-config", "--no-lock", "--no-prompt", ...rights, GUARD, folder],
    cwd: "/",
    // Away from the terminal, whose ^C is for the demo.
    ...{ detached: true, stdin: "piped", stdout: "null", stderr: "null" },
  }).spawn();
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
