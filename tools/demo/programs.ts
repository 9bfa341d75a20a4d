/** Orbit's programs in processes of their own, as their tasks in `deno.json` start them. */
import { fileURLToPath } from "node:url";
import { programOf, v8Options } from "../compile/programs.ts";
import { Output } from "../processes/output.ts";
import type { Bed } from "./bed.ts";
import { DemoError, tailOf, waitFor } from "./trouble.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A program, by its task and its permission set. */
export type ProgramName = "orbit" | "star" | "nucleus";

/** How long a program may take to end in order. */
const GRACE_MS = 5000;
const LOG_CHARS = 64 * 1024;

/** How a run is made. */
export interface RunOptions {
  stdin?: string;
  /** Is given each line of its standard output. */
  onLine?: (line: string) => void;
  /** Exit statuses that are no failure; 0 alone when left out. */
  expects?: readonly number[];
}

/** What a program said, and how it ended. */
export interface Ended {
  code: number;
  stdout: string;
}

/** A program that runs until it is stopped. */
export interface Running {
  readonly log: Output;
  readonly pid: number;
}

/** The command line of a program. */
export function commandLine(program: ProgramName, args: readonly string[]): string[] {
  const known = programOf(program), main = `${ROOT}${known.entry}`;
  return ["run", "-q", `-P=${program}`, "--no-prompt", ...v8Options(known), main, ...args];
}

/** The programs of one demo. Disposal ends them, in order if they can. */
export class Programs implements AsyncDisposable {
  readonly #bed: Bed;
  readonly #stop: AbortController;
  readonly #moduleCache: string;
  readonly #alive = new Map<Deno.ChildProcess, Promise<unknown>>();
  #isEnding = false;

  /** @param stop Is aborted, with a {@linkcode DemoError}, when a program ends that shouldn't. */
  constructor(bed: Bed, stop: AbortController) {
    this.#bed = bed;
    this.#stop = stop;
    this.#moduleCache = findModuleCache();
  }

  /**
   * Runs a program to its end.
   *
   * @throws {DemoError} when it fails.
   */
  async run(
    program: ProgramName,
    args: readonly string[],
    { stdin = "", onLine, expects = [0] }: RunOptions = {},
  ): Promise<Ended> {
    const child = await this.#spawn(program, args, "piped");
    const whole = this.#drain(child, stdin, onLine);
    const { signal } = this.#stop;
    const what = `${program === "orbit" ? program : `orbit-${program}`} ${args[0]}`;
    const { status, stdout, stderr } = await waitFor(`${what} to end`, whole, signal);
    if (expects.includes(status.code)) return { code: status.code, stdout };
    throw new DemoError(`${what} failed: ${howEnded(status)}`, tailOf(stderr));
  }

  /** Starts a program and waits until its log, which is kept in `NAME.log`, has all of some lines. */
  async start(
    name: string,
    program: ProgramName,
    args: readonly string[],
    until: readonly RegExp[],
  ): Promise<Running & { said: RegExpExecArray[] }> {
    const child = await this.#spawn(program, args, "null");
    const file = Deno.openSync(this.#bed.path(`${name}.log`), { write: true, create: true });
    const bytes = new TextEncoder();
    const log = new Output(child.stderr, {
      keepChars: LOG_CHARS,
      onText: (text) => void file.writeSync(bytes.encode(text)),
    });
    const over = Promise.all([child.status, log.whole]).finally(() => file.close()).then(
      ([status]) => this.#missed(name, program, `ended: ${howEnded(status)}`, log),
      (error) => this.#missed(name, program, `its log can't be kept: ${error.message}`, log),
    );
    this.#alive.set(child, Promise.all([this.#alive.get(child), over]));
    child.stdout.cancel();
    const said: RegExpExecArray[] = [];
    for (const line of until) {
      // When it ends instead, that is what the demo stops for.
      const never = new Promise<never>(() => {});
      const waiting = log.waitFor(line).catch(() => never);
      said.push(await waitFor(`${name} to say ${line.source}`, waiting, this.#stop.signal));
    }
    return { log, pid: child.pid, said };
  }

  /** Ends all at once. */
  kill(): void {
    for (const child of this.#alive.keys()) signalTo(child, "SIGKILL");
  }

  async [Symbol.asyncDispose]() {
    this.#isEnding = true;
    for (const child of this.#alive.keys()) signalTo(child, "SIGTERM");
    const timer = setTimeout(() => this.kill(), GRACE_MS);
    await Promise.allSettled(this.#alive.values());
    clearTimeout(timer);
  }

  /** A program that was to run on doesn't. */
  #missed(name: string, program: ProgramName, what: string, log: Output): void {
    if (this.#isEnding) return;
    const who = name === program ? `orbit-${program}` : `orbit-${program} ${name}`;
    this.#stop.abort(new DemoError(`${who} ${what}`, tailOf(log.text)));
  }

  async #spawn(program: ProgramName, args: readonly string[], stdin: "piped" | "null") {
    this.#stop.signal.throwIfAborted();
    const child = new Deno.Command(Deno.execPath(), {
      args: commandLine(program, args),
      cwd: this.#bed.folder,
      env: this.environment,
      // The terminal's ^C is for the demo, which ends them in order.
      ...{ detached: true, stdin, stdout: "piped", stderr: "piped" },
    }).spawn();
    const over = child.status.then(() => {
      this.#alive.delete(child);
      return this.#bed.forget(child.pid).catch(() => {});
    });
    this.#alive.set(child, over);
    await this.#bed.watch(child.pid);
    return child;
  }

  /** Nothing is read from or written to the user's own folders but Deno's cache of modules. */
  get environment(): Record<string, string> {
    const { folder } = this.#bed;
    return {
      ...{ HOME: folder, DENO_DIR: this.#moduleCache, NO_COLOR: "1" },
      XDG_CONFIG_HOME: `${folder}/config`,
      XDG_STATE_HOME: `${folder}/state`,
      XDG_CACHE_HOME: `${folder}/cache`,
      XDG_RUNTIME_DIR: `${folder}/run`,
    };
  }

  async #drain(child: Deno.ChildProcess, stdin: string, onLine?: (line: string) => void) {
    let rest = "";
    const onText = (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) onLine?.(line);
    };
    const [stdout, stderr] = [new Output(child.stdout, { onText }), new Output(child.stderr)];
    // It may end without reading.
    const fed = new Blob([stdin]).stream().pipeTo(child.stdin).catch(() => {});
    const [out, err, status] = await Promise.all([stdout.whole, stderr.whole, child.status, fed]);
    return { status, stdout: out, stderr: err };
  }
}

function howEnded({ code, signal }: Deno.CommandStatus): string {
  return signal === null ? `exit status ${code}` : `killed by ${signal}`;
}

function signalTo(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It ended at the same moment.
  }
}

/** Where the running Deno keeps modules: with another home it would fetch them anew. */
function findModuleCache(): string {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
