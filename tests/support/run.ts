/** Runs `orbit` as its users do: a real process with the program's own permission set. */
import { fileURLToPath } from "node:url";
import { programOf, v8Options } from "../../tools/compile/programs.ts";
import { Output } from "../../tools/processes/output.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface OrbitOptions {
  /** The folder it runs in. */
  cwd?: string;
  /** Its home and state folder: give each test its own, so that jobs don't meet. */
  home: string;
  env?: Record<string, string>;
  /** What it reads from standard input; nothing by default. */
  input?: string | Uint8Array<ArrayBuffer>;
}

/** How a run ended. */
export interface OrbitResult {
  /** Exit status; 128 + number after a signal, as in a shell. */
  code: number;
  /** The signal that ended it. */
  signal: Deno.Signal | null;
  stdout: string;
  stderr: string;
}

/** A running `orbit`. Disposal kills it when it still runs, and waits for its end. */
export interface OrbitProcess extends AsyncDisposable {
  readonly pid: number;
  readonly result: Promise<OrbitResult>;
  /**
   * Waits until its output holds a match, so that a test acts at a known moment. Rejects, with
   * all output, when it ends without one.
   */
  waitFor(pattern: RegExp, on?: "stdout" | "stderr"): Promise<RegExpExecArray>;
  /** Sends a signal; nothing happens when it has ended already. */
  kill(signal: Deno.Signal): void;
}

/** The command line of the tasks `orbit` and `sync`; what benchmarks measure too. */
export function orbitCommand(args: readonly string[]): string[] {
  return [
    Deno.execPath(),
    "run",
    "-q",
    "-P=orbit",
    "--no-prompt",
    ...v8Options(programOf("orbit")),
    `${ROOT}cli/main.ts`,
    ...args,
  ];
}

/** The environment of an isolated run: own home and state, the real module cache, no colours. */
export function orbitEnvironment(home: string): Record<string, string> {
  return {
    HOME: home,
    XDG_STATE_HOME: `${home}/state`,
    XDG_RUNTIME_DIR: `${home}/run`,
    DENO_DIR: moduleCache(),
    NO_COLOR: "1",
    TERM: "dumb",
  };
}

/** Where Deno keeps compiled modules; a fresh home would have it download and compile anew. */
export function moduleCache(): string {
  const home = Deno.env.get("HOME") ?? "/root";
  const caches = Deno.env.get("XDG_CACHE_HOME") ?? `${home}/.cache`;
  return Deno.env.get("DENO_DIR") ?? `${caches}/deno`;
}

/** Runs `orbit` to its end. */
export async function runOrbit(args: string[], options: OrbitOptions): Promise<OrbitResult> {
  await using process = startOrbit(args, options);
  return await process.result;
}

/** Starts `orbit`. */
export function startOrbit(args: string[], options: OrbitOptions): OrbitProcess {
  return startProcess(orbitCommand(args), options);
}

/** Starts any program the same way; for peers, and for testing this file. */
export function startProcess(command: readonly string[], options: OrbitOptions): OrbitProcess {
  const child = new Deno.Command(command[0], {
    args: command.slice(1),
    cwd: options.cwd,
    env: { ...orbitEnvironment(options.home), ...options.env },
    stdin: options.input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = new Output(child.stdout);
  const stderr = new Output(child.stderr);
  const result = finish(child, options.input, stdout, stderr);
  let ended = false;
  const whenEnded = result.then(() => {}, () => {}).then(() => {
    ended = true;
  });
  const kill = (signal: Deno.Signal) => {
    if (!ended) killQuietly(child, signal);
  };
  return {
    pid: child.pid,
    result,
    waitFor: (pattern, on = "stdout") => (on === "stdout" ? stdout : stderr).waitFor(pattern),
    kill,
    async [Symbol.asyncDispose]() {
      kill("SIGKILL");
      await whenEnded;
    },
  };
}

async function finish(
  child: Deno.ChildProcess,
  input: OrbitOptions["input"],
  stdout: Output,
  stderr: Output,
): Promise<OrbitResult> {
  // A process may end without reading its input: its exit status says what that means.
  if (input !== undefined) await feed(child.stdin, input).catch(() => {});
  const [out, err, status] = await Promise.all([stdout.whole, stderr.whole, child.status]);
  return { code: status.code, signal: status.signal, stdout: out, stderr: err };
}

async function feed(stdin: WritableStream<Uint8Array>, input: string | Uint8Array<ArrayBuffer>) {
  await new Blob([input]).stream().pipeTo(stdin);
}

/** Its end and our signal may cross. */
function killQuietly(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
  }
}
