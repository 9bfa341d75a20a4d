/** The processes of a benchmark: started, talked to in lines of JSON, and watched. */
import { fileURLToPath } from "node:url";

/** A running program. Disposal asks it to end, and waits for that. */
export class BenchProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncGenerator<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;

  /** @param command The program and its arguments; what it says on standard error is passed on. */
  constructor(command: readonly string[], env: Record<string, string> = {}) {
    this.#child = new Deno.Command(command[0], {
      args: command.slice(1),
      env: { NO_COLOR: "1", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#lines = linesOf(this.#child.stdout);
    this.#input = this.#child.stdin.getWriter();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Sends it one line, and waits for the line with which it answers. */
  async ask<T>(question: unknown): Promise<T> {
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify(question)}\n`));
    return await this.hear<T>();
  }

  /** The next line that it says. */
  async hear<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`process ${this.pid}: it ended too early`);
    return JSON.parse(value);
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {});
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    try {
      while (!(await this.#lines.next()).done);
      await this.#child.status;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The lines of a stream, from a program that speaks to this one. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

/** The command line of a program beside this file. */
export function benchProgram(name: string, ...flags: string[]): string[] {
  const path = fileURLToPath(new URL(name, import.meta.url));
  return [Deno.execPath(), "run", "-q", "-A", "--no-prompt", ...flags, path];
}

/** What a process holds, in bytes. */
export interface Memory {
  /** Resident now, pages that it shares included. */
  resident: number;
  /** The most that was ever resident. */
  peak: number;
  /** Its share: pages that several processes hold are divided among them. */
  proportional: number;
}

export function memoryOf(pid: number): Memory {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const rollup = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  return {
    resident: kilobytes(status, "VmRSS"),
    peak: kilobytes(status, "VmHWM"),
    proportional: kilobytes(rollup, "Pss"),
  };
}

function kilobytes(text: string, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text);
  if (found === null) throw new Error(`read memory of a process: no ${name}`);
  return Number(found[1]) * 1024;
}

/** Processor time that a process has used so far, of all its threads, in milliseconds. */
export function processorMs(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The name, in parentheses, may hold anything; fields are counted from behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
