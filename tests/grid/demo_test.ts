/** `deno task demo`: it works, says so, and leaves nothing behind, however it ends. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { makeTempDirectory } from "../support/temp.ts";
import { type OrbitProcess, startProcess } from "../support/run.ts";

const MAIN = fileURLToPath(new URL("../../tools/demo/main.ts", import.meta.url));

/** A demo whose temporary folder and home are watched. */
function startDemo(...args: string[]) {
  const temp = makeTempDirectory();
  const folders = { tmp: `${temp.path}/tmp`, home: `${temp.path}/home` };
  for (const folder of Object.values(folders)) Deno.mkdirSync(folder);
  const demo = startProcess(
    [Deno.execPath(), "run", "-q", "-P=demo", "--no-prompt", MAIN, ...args],
    {
      home: folders.home,
      cwd: temp.path,
      env: {
        ...{ TMPDIR: folders.tmp, XDG_CONFIG_HOME: "", XDG_STATE_HOME: "", XDG_RUNTIME_DIR: "" },
        PATH: "/usr/bin:/bin", // where there is no Deno
      },
    },
  );
  return {
    ...{ demo, temp: temp.path },
    nothingLeft() {
      for (const folder of Object.values(folders)) assert.deepEqual(namesIn(folder), [], folder);
      assert.deepEqual(processesOf(temp.path), []);
    },
    async [Symbol.asyncDispose]() {
      // So that it is its guard's to clean up, if the test failed.
      await demo[Symbol.asyncDispose]();
      while (processesOf(temp.path).length > 0) await new Promise((go) => setTimeout(go, 20));
      temp[Symbol.dispose]();
    },
  };
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

/** Command lines of processes that have to do with a folder. */
function processesOf(folder: string): string[] {
  return namesIn("/proc").filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const line = Deno.readTextFileSync(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
      return line.includes(folder) ? [line] : [];
    } catch {
      return []; // it ended meanwhile
    }
  });
}

// deno-lint-ignore no-explicit-any
type Line = Record<string, any>;

function linesOf(text: string): Line[] {
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

Deno.test("a demo syncs from Star to Star, finds damage, ends with equal trees, leaves nothing", async () => {
  await using bed = startDemo("--once", "--json");
  const { code, stdout, stderr } = await bed.demo.result;
  assert.equal(code, 0, stderr + stdout);
  assert.equal(stderr, "");
  bed.nothingLeft();
  const lines = linesOf(stdout);
  lines.forEach(({ schema, seq }, index) =>
    assert.deepEqual([schema, seq], ["orbit.demo/1", index])
  );
  const summary = lines.find(({ type }) => type === "summary")!;
  const { sample, first, changed, second, verified, damaged, found, repair, trust } = summary;
  assert.ok(sample.files > 300 && sample.bytes > 64 * 2 ** 20);
  assert.equal(first.bytes, sample.bytes);
  assert.equal(changed.length, 2);
  assert.ok(second.bytes > 0 && second.bytes < 2 ** 20, `${second.bytes}`);
  // Measured, not assumed: the Nucleus's questions and answers pass, the content doesn't.
  assert.ok(first.throughNucleusBytes < 2 ** 20, `${first.throughNucleusBytes}`);
  for (const job of [first, second, repair]) assert.ok(job.throughNucleusBytes > 1000);
  assert.deepEqual([verified.failed, found.failed], [[], [damaged]]);
  assert.deepEqual([verified.items, found.items], [sample.files + 1, sample.files]);
  assert.equal(summary.identical, sample.files + 1);
  assert.deepEqual(trust.audit.ok, true);
  assert.deepEqual(trust.stars.map(({ name }: Line) => name).sort(), ["nas-1", "nas-2"]);
});

/** Ends a demo at some moment. */
async function endAt(moment: RegExp, demo: OrbitProcess, signal: Deno.Signal) {
  await demo.waitFor(moment);
  demo.kill(signal);
  return await demo.result;
}

const SYNCING = /"type":"progress".*"step":"First sync"/;

Deno.test.each(
  [
    ["SIGINT", "in the middle of a sync", SYNCING],
    ["SIGTERM", "while the Nucleus starts", /"type":"begin".*"step":"Nucleus"/],
  ] as [Deno.Signal, string, RegExp][],
)("a demo that is ended by %s %s leaves nothing", async (signal, _, moment) => {
  await using bed = startDemo("--json");
  const { code, stdout, stderr } = await endAt(moment, bed.demo, signal);
  assert.equal(code, 20, stderr);
  bed.nothingLeft();
  const { type, message } = linesOf(stdout).at(-1)!;
  assert.deepEqual([type, message], ["error", `ended by ${signal}`]);
});

Deno.test("what a killed demo started ends with it, and its folder goes", async () => {
  await using bed = startDemo("--json");
  await endAt(SYNCING, bed.demo, "SIGKILL");
  while (processesOf(bed.temp).length > 0) await new Promise((go) => setTimeout(go, 20));
  bed.nothingLeft();
});

Deno.test("a demo says which of its programs failed, and what that one said last", async () => {
  await using bed = startDemo("--json");
  const [, pid] = await bed.demo.waitFor(/"step":"Nucleus".*"pid":(\d+)/);
  Deno.kill(Number(pid), "SIGKILL");
  const { code, stderr } = await bed.demo.result;
  assert.equal(code, 11);
  assert.match(stderr, /^demo: orbit-nucleus ended: killed by SIGKILL\n {2}\| .*is listening/);
  bed.nothingLeft();
});
