/** The programs between whoever typed the command and the demo: a task, npx, its shell. */
import process from "node:process";

/** Part of the command line of such a program. */
const STARTER = /\b(deno|npx|npm)\b/;

/** Their ids; the parent's at least. */
export function findStarters(): number[] {
  const starters = [Deno.ppid];
  const processes = listProcesses();
  for (let pid = processes.get(Deno.ppid)?.parent; pid !== undefined && pid > 1;) {
    const next = processes.get(pid);
    if (next === undefined || !STARTER.test(next.line)) break;
    starters.push(pid);
    pid = next.parent;
  }
  return starters;
}

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is there, and another user's.
    return (error as { code?: string }).code === "EPERM";
  }
}

function listProcesses(): Map<number, { parent: number; line: string }> {
  try {
    const { stdout } = new Deno.Command("ps", {
      args: ["-A", "-o", "pid=,ppid=,args="],
      ...{ stdin: "null", stderr: "null" },
    }).outputSync();
    const lines = new TextDecoder().decode(stdout).matchAll(/^ *(\d+) +(\d+) (.*)$/gm);
    return new Map(
      lines.map(([, pid, parent, line]) => [Number(pid), { parent: Number(parent), line }]),
    );
  } catch {
    return new Map(); // there is no ps here
  }
}
