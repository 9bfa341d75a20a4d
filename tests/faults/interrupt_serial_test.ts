/** Being told to stop: ^C, other signals, `orbit jobs cancel`, a reader that goes away. */
import assert from "node:assert/strict";
import type { OrbitProcess, OrbitResult } from "../support/run.ts";
import { word } from "../support/shell.ts";
import type { BadDay } from "./faulty_orbit.ts";
import { Bed, endOf, findStaged, lookAt, orbitLine } from "./bed.ts";

const MIB = 1024 * 1024;

/** Enough small files for some seconds at `SMALL_LIMIT`. */
const MANY = "mkdir src/d; head -c 8192000 /dev/urandom | split -b 4096 -a 3 - src/d/x";
const SMALL_LIMIT = "--bwlimit=3M";
const LARGE = `head -c ${100 * MIB} /dev/urandom > src/large`;

/** Far longer than stopping takes, far shorter than the sync would. */
const PATIENCE_MS = 10_000;

async function endSoon(process: OrbitProcess): Promise<OrbitResult> {
  const timer = Promise.withResolvers<never>();
  const handle = setTimeout(() => timer.reject(new Error("it doesn't end")), PATIENCE_MS);
  try {
    return await Promise.race([process.result, timer.promise]);
  } finally {
    clearTimeout(handle);
  }
}

function resumedId({ stderr }: OrbitResult): string {
  const found = /to go on: orbit jobs resume (\w{12}) \(or the same command again\)/.exec(stderr);
  assert.ok(found, stderr);
  return found[1];
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test(`a sync of many files that gets ${signal} stops and says how to go on`, async () => {
    using bed = new Bed();
    bed.run(MANY);
    await using process = bed.start(["sync", "-v", SMALL_LIMIT, "src/", "dst"]);
    await process.waitFor(/d\/x/);
    process.kill(signal);
    const result = await endSoon(process);
    assert.equal(result.code, 20, result.stderr);
    assert.match(result.stderr, /^orbit: stopping/);
    assert.match(result.stderr, /orbit: interrupted; no file is half-written under its name/);
    assert.deepEqual(findStaged(bed.dst), []);
    const id = resumedId(result);
    if (signal !== "SIGINT") return; // they differ in how the run ends, not in what comes after

    const list = await bed.orbit(["jobs", "list"]);
    assert.match(list.stdout, new RegExp(`${id}.*interrupted`));
    const show = await bed.orbit(["jobs", "show", id]);
    assert.match(show.stdout, /interrupted/);
    const resumed = await bed.orbit(["jobs", "resume", id]);
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.deepEqual(lookAt(bed.dst), lookAt(bed.src));
    const again = await bed.orbit(["jobs", "resume", id]);
    assert.deepEqual([again.code, again.stderr], [
      3,
      `orbit: resume job "${id}": it is succeeded\n`,
    ]);
  });
}

Deno.test("orbit jobs cancel stops a running sync for good", async () => {
  using bed = new Bed();
  bed.run(MANY);
  await using process = bed.start(["sync", "-v", SMALL_LIMIT, "src/", "dst"]);
  await process.waitFor(/d\/x/);
  const [id] = [...Deno.readDirSync(`${bed.home}/state/orbit/jobs`)].map(({ name }) => name);
  assert.match((await bed.orbit(["jobs", "list"])).stdout, new RegExp(`${id}.*running`));
  assert.equal((await bed.orbit(["jobs", "cancel", id])).code, 0);
  const result = await endSoon(process);
  assert.equal(result.code, 20, result.stderr);
  assert.match(result.stderr, /orbit: cancelled/);
  assert.doesNotMatch(result.stderr, /resume/);
  assert.deepEqual(findStaged(bed.dst), []);
  assert.match((await bed.orbit(["jobs", "list"])).stdout, new RegExp(`${id}.*cancelled`));
  assert.equal((await bed.orbit(["jobs", "resume", id])).code, 3);
});

for (
  const { options, kept } of [
    { options: [], kept: /^$/ },
    { options: ["-P"], kept: /^\.\/\.orbit-\w{8}-\w{16}\.tmp$/ },
    { options: ["--partial-dir=part"], kept: /^\.\/part\/\.orbit-\w{8}-\w{16}\.tmp$/ },
  ]
) {
  const name = options.length === 0 ? "without options" : `with ${options}`;
  Deno.test(`a sync of one large file ${name} that is interrupted keeps what it should`, async () => {
    using bed = new Bed();
    bed.run(LARGE);
    const args = ["sync", "--json", "--bwlimit=64M", ...options, "src/", "dst"];
    await using process = bed.start(args);
    await process.waitFor(/"copiedBytes":[1-9]/);
    process.kill("SIGINT");
    const stopped = await endSoon(process);
    assert.equal(stopped.code, 20, stopped.stderr);
    const staged = findStaged(bed.dst);
    assert.match(staged.join(), kept);
    assert.equal(endOf(stopped).outcome, "interrupted");
    // The report says what is there, as paths below the destination.
    const told = endOf(stopped).kept.map((each) => `./${each.path}`);
    assert.deepEqual(told, staged);
    resumedId(stopped);

    const result = await bed.orbit(args);
    assert.equal(result.code, 0, result.stderr);
    assert.equal(endOf(result).totals.resumedBytes > 0, staged.length > 0);
    assert.deepEqual(lookAt(bed.dst), lookAt(bed.src));
  });
}

const BLOCKED: BadDay = { rules: [{ on: ["file.read"], then: { block: true } }] };

Deno.test("a sync whose disk doesn't answer stops on ^C all the same", async () => {
  using bed = new Bed();
  bed.run("echo content > src/file");
  await using process = bed.start(["sync", "--json", "src/", "dst"], { badDay: BLOCKED });
  await process.waitFor(/blocked/, "stderr");
  process.kill("SIGINT");
  const result = await endSoon(process);
  assert.equal(result.code, 20, result.stderr);
  resumedId(result);
});

Deno.test("a dry run whose scan doesn't answer stops on ^C all the same", async () => {
  using bed = new Bed();
  bed.run("echo content > src/file");
  const badDay: BadDay = { rules: [{ on: ["list"], then: { block: true } }] };
  await using process = bed.start(["sync", "-n", "src/", "dst"], { badDay });
  await process.waitFor(/blocked/, "stderr");
  process.kill("SIGINT");
  const { code, stderr } = await endSoon(process);
  assert.equal(code, 20, stderr);
  assert.doesNotMatch(stderr, /resume/);
});

Deno.test("a second ^C ends a sync at once", async () => {
  using bed = new Bed();
  bed.run("echo content > src/file");
  await using process = bed.start(["sync", "--json", "src/", "dst"], { badDay: BLOCKED });
  await process.waitFor(/blocked/, "stderr");
  process.kill("SIGINT");
  await process.waitFor(/press \^C again/, "stderr");
  process.kill("SIGINT");
  const { code, stderr } = await endSoon(process);
  assert.equal(code, 20, stderr);
});

Deno.test("a sync whose output nobody reads any more ends cleanly", async () => {
  using bed = new Bed();
  bed.run(MANY);
  const line = orbitLine(["sync", "-v", SMALL_LIMIT, "src/", "dst"]).map(word).join(" ");
  const script = `${line} | head -n 1; echo "status \${PIPESTATUS[0]}"`;
  await using process = bed.startCommand(["bash", "-c", script]);
  const { stdout, stderr } = await endSoon(process);
  assert.match(stdout, /^[^\n]+\nstatus 20\n$/);
  assert.match(stderr, /^orbit: interrupted[^\n]*\norbit: to go on: [^\n]*\n/);
  assert.deepEqual(findStaged(bed.dst), []);
});
