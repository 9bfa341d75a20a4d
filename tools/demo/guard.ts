/**
 * Sees to it that nothing of a demo outlives it, whatever it dies of: told of every process by
 * `+PID` and of its end by `-PID`, kills what is left when its standard input ends, and removes the
 * demo's folder.
 */
const [folder] = Deno.args;
const alive = new Set<number>();

// ^C and a closed terminal are for the demo; this ends with it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  if (Deno.build.os !== "windows") Deno.addSignalListener(signal, () => {});
}

let rest = "";
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split("\n");
  rest = lines.pop()!;
  for (const line of lines) {
    const pid = Number(line.slice(1));
    if (line.startsWith("+")) alive.add(pid);
    else alive.delete(pid);
  }
}
for (const pid of alive) kill(pid);
removeFolder();
Deno.exit(0);

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It ended at the same moment.
  }
}

/** What was just killed may still write for a moment. */
function removeFolder(): void {
  for (let attempt = 0; attempt < 50; attempt++) {
    try {
      Deno.removeSync(folder, { recursive: true });
      return;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
}
