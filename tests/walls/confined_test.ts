/** A program that gave up its own rights: what it can still open, and whether its files go on. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { landlockAbi, openLibc } from "#core/posix/mod.ts";
import type { Walls } from "#core/system/walls.ts";
import { makeTempDirectory, type TempDirectory } from "../support/temp.ts";

const libc = openLibc();
const ignore = !("libc" in libc) || landlockAbi(libc.libc) < 2;

function makeBed(): TempDirectory {
  const temp = makeTempDirectory();
  for (const folder of ["in", "seen", "out", "state"]) {
    Deno.mkdirSync(`${temp.path}/${folder}`);
    Deno.writeTextFileSync(`${temp.path}/${folder}/file`, folder);
  }
  Deno.symlinkSync("../out/file", `${temp.path}/in/link`);
  return temp;
}

/** Runs a program of this folder with every permission to begin with; its output. */
async function run(program: string, args: string[]): Promise<string> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "--no-check", "--no-prompt", path, ...args],
    env: { NO_COLOR: "1", grpc_proxy: "none" },
    signal: AbortSignal.timeout(120_000),
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test({
  name: "a program that gave up its rights opens nothing, and its dead workers are replaced",
  ignore,
  async fn() {
    using bed = makeBed();
    const output = await run("confined_program.ts", [bed.path, `${bed.path}/state`]);
    const seen = JSON.parse(output.trimEnd().split("\n").at(-1)!);
    for (const [name, error] of Object.entries(seen.findings)) {
      assert.equal(error, "NotCapable", `${name}: ${error}`);
    }
    assert.equal(seen.startsWorker, "NotCapable");
    assert.deepEqual(seen.deaths, Array(5).fill("unavailable true"));
    assert.deepEqual([seen.hashed, seen.made, seen.refused], [32, ["done"], "denied false"]);
    for (const walls of [seen.before, seen.after, seen.stateWalls] as Walls[]) {
      assert.deepEqual([walls.app, walls.runtime, walls.whyNot], ["openat2", true, {}]);
      assert.match(walls.kernel!, /^landlock ABI \d+$/);
    }
    assert.deepEqual(seen.state, ["file", "renewed"]);
    assert.equal(Deno.readTextFileSync(`${bed.path}/state/renewed`), "certificate");
    assert.equal(Deno.readLinkSync(`${bed.path}/in/made`), "file");
    assert.equal(Deno.readTextFileSync(`${bed.path}/out/file`), "out");
  },
});

Deno.test("a program that confined itself keeps the network and the environment", async () => {
  using bed = makeBed();
  const seen = JSON.parse(await run("listening_program.ts", [`${bed.path}/seen`]));
  assert.deepEqual([seen.name, seen.proxy, seen.scanned], ["star", "none", ["file"]]);
  assert.equal(seen.walls.runtime, true);
  for (const name of ["read", "write", "run", "ffi", "sys", "import"]) {
    assert.notEqual(seen.states[name], "granted", name);
  }
  assert.deepEqual([seen.states.net, seen.states.env], ["granted", "granted"]);
});
