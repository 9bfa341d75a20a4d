/** Runs one command and says what it took. */

/** What is run. */
export interface Command {
  argv: string[];
  env?: Record<string, string>;
  cwd?: string;
}

/** What a run took: seconds of the clock, and of all processors (user and system). */
export interface Timing {
  wallSeconds: number;
  cpuSeconds: number;
}

// Timed by the shell that waits for it, so that nothing of this process is in the figures.
const TIMED = 'TIMEFORMAT="%R %U %S"; log=$1; shift; time "$@" >/dev/null 2>"$log"';

/** Runs the command, its output discarded; throws with its last words when it fails. */
export async function timeCommand(command: Command): Promise<Timing> {
  const log = Deno.makeTempFileSync();
  try {
    const { success, code, stderr } = await new Deno.Command("bash", {
      args: ["-c", TIMED, "bench", log, ...command.argv],
      env: { LC_ALL: "C", ...command.env },
      cwd: command.cwd,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) throw new Error(failure(command, code, log));
    const [wall, user, system] = new TextDecoder().decode(stderr).trim().split(" ").map(Number);
    return { wallSeconds: wall, cpuSeconds: user + system };
  } finally {
    Deno.removeSync(log);
  }
}

const POLL_MS = 20;

/**
 * Runs the command and watches its memory: the highest sum, over all its processes, of the
 * proportional set size, which counts shared pages once. Watching slows a run: never time it.
 */
export async function peakMemory(command: Command): Promise<number> {
  const log = Deno.makeTempFileSync();
  try {
    const child = new Deno.Command("bash", {
      args: ["-c", 'log=$1; shift; exec "$@" >/dev/null 2>"$log"', "bench", log, ...command.argv],
      env: { LC_ALL: "C", ...command.env },
      cwd: command.cwd,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    let peak = 0;
    const timer = setInterval(() => peak = Math.max(peak, memoryOf(child.pid)), POLL_MS);
    const status = await child.status.finally(() => clearInterval(timer));
    if (!status.success) throw new Error(failure(command, status.code, log));
    return peak;
  } finally {
    Deno.removeSync(log);
  }
}

function failure(command: Command, code: number, log: string): string {
  const said = Deno.readTextFileSync(log).trim().split("\n").slice(-5).join("\n");
  return `run "${command.argv.slice(0, 8).join(" ")}": exit status ${code}\n${said}`;
}

/** Bytes that a process and all below it hold. */
function memoryOf(root: number): number {
  const family = new Set([root]);
  const parents = readParents();
  // A child has a higher number than its parent but for wrap-around: pass until nothing is new.
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid);
  }
  return [...family].reduce((sum, pid) => sum + proportionalSize(pid), 0);
}

function readParents(): [pid: number, parent: number][] {
  const parents: [number, number][] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readGone(`/proc/${name}/stat`);
    // The name, in parentheses, may hold anything; the parent is the second field after it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    parents.push([Number(name), Number(fields[1])]);
  }
  return parents;
}

function proportionalSize(pid: number): number {
  const found = /^Pss:\s+(\d+) kB/m.exec(readGone(`/proc/${pid}/smaps_rollup`));
  return found === null ? 0 : Number(found[1]) * 1024;
}

/** A file of a process that may have ended. */
function readGone(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
