/** The real programs in processes of their own, with the permissions that their tasks give them. */
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { moduleCache } from "../support/run.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The programs, by their permission sets. */
export type ProgramName = "orbit" | "star" | "nucleus";

const MAINS: Record<ProgramName, string> = {
  orbit: "cli/main.ts",
  star: "star/main.ts",
  nucleus: "nucleus/main.ts",
};

/** How a program is started, with the home that it is to have. */
export type Launcher = (program: ProgramName, args: string[], home: string) => Launch;

/** A program to start, and how. */
export interface Launch {
  path: string;
  options: Pick<Deno.CommandOptions, "args" | "cwd" | "env" | "clearEnv">;
}

/** As the tasks start them: by Deno, from source, with their permission sets. */
export const fromSource: Launcher = (program, args, home) => ({
  path: Deno.execPath(),
  options: {
    args: ["run", "-q", `-P=${program}`, "--no-prompt", join(ROOT, MAINS[program]), ...args],
    cwd: home,
    env: {
      ...{ HOME: home, XDG_CONFIG_HOME: "", XDG_STATE_HOME: "" },
      ...{ DENO_DIR: moduleCache(), NO_COLOR: "1" },
    },
  },
});

/** What a program said, and how it ended. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Programs of one test, with a home of their own. Disposal kills what still runs. */
export class Programs implements AsyncDisposable {
  readonly home = Deno.makeTempDirSync({ prefix: "orbit-home-" });
  readonly #running = new Set<Running>();

  constructor(readonly launcher: Launcher = fromSource) {
    Deno.chmodSync(this.home, 0o700);
  }

  path(...names: string[]): string {
    return join(this.home, ...names);
  }

  /** Runs a program to its end. */
  async run(program: ProgramName, args: string[], stdin = ""): Promise<Ended> {
    const child = this.#command(program, args, "piped").spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
    await writer.close().catch(() => {});
    const { code, stdout, stderr } = await child.output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  }

  /** Starts a program and waits for a line of its standard error. */
  async start(program: ProgramName, args: string[], until: RegExp): Promise<Running> {
    const running = new Running(this.#command(program, args, "null").spawn());
    this.#running.add(running);
    await running.says(until);
    return running;
  }

  #command(program: ProgramName, args: string[], stdin: "piped" | "null"): Deno.Command {
    const { path, options } = this.launcher(program, args, this.home);
    return new Deno.Command(path, { ...options, stdin, stdout: "piped", stderr: "piped" });
  }

  async [Symbol.asyncDispose]() {
    for (const running of this.#running) await running.stop("SIGKILL");
    Deno.removeSync(this.home, { recursive: true });
  }
}

/** A program that runs until it is stopped. */
export class Running {
  /** What it wrote to standard error so far. */
  log = "";
  readonly #child: Deno.ChildProcess;
  readonly #over: Promise<number>;
  #isOver = false;
  #wake = Promise.withResolvers<void>();

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    const drained = [this.#read(child.stderr), child.stdout.cancel()];
    this.#over = Promise.all([child.status, ...drained]).then(([{ code }]) => {
      this.#isOver = true;
      this.#wake.resolve();
      return code;
    });
  }

  /** Waits for a line, and gives what it matched. */
  async says(line: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = line.exec(this.log);
      if (found !== null) return found;
      if (this.#isOver) throw new Error(`it ended without saying ${line}:\n${this.log}`);
      await this.#wake.promise;
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  async stop(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    if (!this.#isOver) this.#child.kill(signal);
    return await this.#over;
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.log += text;
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    }
  }
}
