import assert from "node:assert/strict";
import { FakeHost } from "#core/program/fake_host.ts";
import { type Host } from "#core/program/host.ts";
import { describeCommands, runProgram } from "#core/program/run_program.ts";
import { orbit } from "./registry.ts";
import { VERSION } from "#core/program/version.ts";

const runOrbit = (args: readonly string[], host: Host) => runProgram(orbit, args, host);

Deno.test("orbit gives help, its version, and usage without arguments", async () => {
  const help = new FakeHost();
  assert.equal(await runOrbit(["--help"], help), 0);
  for (const name of orbit.commands.keys()) {
    assert.match(help.stdout.text, new RegExp(`^  ${name} `, "m"));
  }
  const version = new FakeHost();
  assert.equal(await runOrbit(["--version"], version), 0);
  assert.equal(version.stdout.text, `orbit ${VERSION}\n`);
  assert.equal(await runOrbit([], new FakeHost()), 1);
});

Deno.test("every command describes itself under its own name", async () => {
  const names = (await describeCommands(orbit)).map(({ name }) => name);
  assert.deepEqual(names, [...orbit.commands.keys()]);
  for (const name of names) {
    const host = new FakeHost();
    assert.equal(await runOrbit([name, "--help"], host), 0);
    assert(host.stdout.text.startsWith(`orbit ${name}: `));
  }
});

Deno.test("orbit reports mistakes in safe lines without a stack, and exits with 1", async () => {
  const host = new FakeHost();
  assert.equal(await runOrbit(["doctro\x1b"], host), 1);
  assert.deepEqual(host.stderr.lines, [
    'orbit: "doctro\\x1b": no such command; did you mean doctor?',
    "orbit: see orbit --help",
  ]);
  const option = new FakeHost();
  assert.equal(await runOrbit(["doctor", "--jsno"], option), 1);
  assert.deepEqual(option.stderr.lines, [
    "orbit: --jsno: unknown option; did you mean --json?",
    "orbit: see orbit doctor --help",
  ]);
});

Deno.test("orbit shows the stack of a defect only with -vv", async () => {
  for (const [args, isLong] of [[["--version"], false], [["--version", "-vv"], true]] as const) {
    const host = new FakeHost();
    host.stdout.write = () => {
      throw new RangeError("defect");
    };
    assert.equal(await runOrbit(args, host), 11);
    assert.equal(host.stderr.lines[0], "orbit: a defect of Orbit: RangeError: defect");
    assert.equal(host.stderr.lines.length > 3, isLong);
  }
});

// The C library and the hash addon, once loaded, stay for as long as the process.
const processWide = { sanitizeResources: false };

Deno.test("orbit doctor tells in JSON and by its status what is broken", processWide, async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const host = new FakeHost();
    host.environment.set("XDG_STATE_HOME", folder);
    assert.equal(await runOrbit(["doctor", "--json"], host), 0);
    const { schema, findings } = JSON.parse(host.stdout.text);
    assert.equal(schema, "orbit.doctor/1");
    assert(findings.some(({ name }: { name: string }) => name === "state folder"));
    Deno.writeTextFileSync(`${folder}/file`, "");
    const broken = new FakeHost();
    broken.environment.set("XDG_STATE_HOME", `${folder}/file`);
    assert.equal(await runOrbit(["doctor"], broken), 23);
    assert.match(broken.stdout.text, /^broken +state folder/m);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
