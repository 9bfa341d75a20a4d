import assert from "node:assert/strict";
import { startProcess } from "./run.ts";
import { makeTempDirectory } from "./temp.ts";

Deno.test("startProcess gathers both outputs and the exit status", async () => {
  using temp = makeTempDirectory();
  await using process = startProcess(["sh", "-c", "cat; echo b >&2; exit 23"], {
    home: temp.path,
    input: "a\n",
  });
  const expected = { code: 23, signal: null, stdout: "a\n", stderr: "b\n" };
  assert.deepEqual(await process.result, expected);
});

Deno.test("startProcess gives the process a home of its own", async () => {
  using temp = makeTempDirectory();
  await using process = startProcess(["sh", "-c", "echo $HOME $XDG_STATE_HOME"], {
    home: temp.path,
  });
  assert.equal((await process.result).stdout, `${temp.path} ${temp.path}/state\n`);
});

Deno.test("waitFor resolves while the process runs, and kill ends it", async () => {
  using temp = makeTempDirectory();
  await using process = startProcess(["sh", "-c", "echo ready 7; exec sleep 60"], {
    home: temp.path,
  });
  assert.equal((await process.waitFor(/ready (\d)/))[1], "7");
  process.kill("SIGKILL");
  const { code, signal } = await process.result;
  assert.deepEqual([code, signal], [137, "SIGKILL"]);
  process.kill("SIGKILL");
});

Deno.test("waitFor rejects when the process ends without a match", async () => {
  using temp = makeTempDirectory();
  await using process = startProcess(["echo", "something else"], { home: temp.path });
  await assert.rejects(process.waitFor(/ready/), /the output ended: something else/);
  await process.result;
});

Deno.test("disposal kills a process that still runs", async () => {
  using temp = makeTempDirectory();
  const process = startProcess(["sleep", "60"], { home: temp.path });
  await process[Symbol.asyncDispose]();
  assert.equal((await process.result).signal, "SIGKILL");
});
