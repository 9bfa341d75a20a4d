/** Each wall of the jail with the other two down, tried by a worker gone bad. */
import assert from "node:assert/strict";
import { landlockAbi, libcCandidates, openLibc } from "#core/posix/mod.ts";
import type { OrbitError } from "#core/errors.ts";
import type { Walls } from "#core/system/walls.ts";
import { WorkerMember } from "#core/system/worker_member.ts";
import { type WorkerPermissions, workerPermissions } from "#core/system/worker_permissions.ts";
import type { DriverChoice } from "#core/system/worker_protocol.ts";
import { startHere } from "#core/system/worker_thread.ts";
import { makeTempDirectory } from "../support/temp.ts";
import type { Findings } from "./attempts.ts";

const libc = openLibc();
const ignore = !("libc" in libc) || landlockAbi(libc.libc) < 2;

const EVERYTHING = { read: true, write: true, ffi: true, run: true, net: false, env: false };

interface Jail {
  runtime: "up" | "down";
  kernel: "up" | "down";
  driver?: DriverChoice;
}

/** Folders `in` (may be written), `seen` (may be read) and `out`, and a worker in a jail there. */
async function inJail(
  { runtime, kernel, driver = "auto" }: Jail,
  act: (worker: WorkerMember, bed: string) => Promise<void>,
): Promise<void> {
  using temp = makeTempDirectory();
  const bed = temp.path;
  for (const folder of ["in", "seen", "out"]) {
    Deno.mkdirSync(`${bed}/${folder}`);
    Deno.writeTextFileSync(`${bed}/${folder}/file`, folder);
  }
  Deno.symlinkSync("../out/file", `${bed}/in/link`);
  Deno.symlinkSync("../out", `${bed}/in/way`);
  const roots = [`${bed}/seen`, `${bed}/in`], writable = [`${bed}/in`];
  const narrow = workerPermissions(roots, writable, null);
  const permissions = runtime === "up"
    ? { ...narrow, ffi: kernel === "up" ? libcCandidates() : false }
    : EVERYTHING;
  const program =
    new URL(`./hostile_worker.ts?kernel=${kernel}&runtime=${runtime}`, import.meta.url).href;
  const setup = {
    ...{ driver, roots, writable, hashFirst: true, cancelled: new SharedArrayBuffer(4) },
  };
  const worker = new WorkerMember({
    start: startHere(program, permissions as WorkerPermissions),
    setup,
    write: writable,
    onDeath: () => {},
  });
  try {
    await worker.ready;
    await act(worker, bed);
    assert.equal(Deno.readTextFileSync(`${bed}/out/file`), "out");
    assert.equal(Deno.readTextFileSync(`${bed}/seen/file`), "seen");
    assert.deepEqual([...Deno.readDirSync(`${bed}/out`)].map(({ name }) => name), ["file"]);
  } finally {
    worker.end({} as OrbitError);
  }
}

async function attack(worker: WorkerMember, bed: string): Promise<Findings> {
  return await worker.ask({ kind: "call", name: "features", args: [bed] }) as Findings;
}

const wallsOf = async (worker: WorkerMember) => await worker.ask({ kind: "walls" }) as Walls;

const INSIDE = [
  "deno: read inside",
  "deno: write inside",
  "libc: read inside",
  "libc: write inside",
];

function done(findings: Findings): string[] {
  return Object.keys(findings).filter((name) => findings[name] === "done");
}

/** The findings whose names begin with one of the words, but for what is allowed. */
function refusals(findings: Findings, ...words: string[]): [string, string][] {
  return Object.entries(findings).filter(([name]) =>
    words.some((word) => name.startsWith(`${word}:`)) && !INSIDE.includes(name)
  );
}

Deno.test({
  name: "behind all walls a worker gone bad gets at its roots only",
  ignore,
  fn: () =>
    inJail({ runtime: "up", kernel: "up" }, async (worker, bed) => {
      const { app, runtime, kernel, whyNot } = await wallsOf(worker);
      assert.deepEqual([app, runtime, whyNot], ["openat2", true, {}]);
      assert.match(kernel!, /^landlock ABI \d+$/);
      const findings = await attack(worker, bed);
      assert.deepEqual(done(findings), INSIDE);
      assert.equal(findings["libc: load again"], "NotCapable");
    }),
});

Deno.test({
  name: "the kernel's wall alone holds Deno's synchronous calls, Node's, and libc's",
  ignore,
  fn: () =>
    inJail({ runtime: "down", kernel: "up" }, async (worker, bed) => {
      const { runtime, kernel, whyNot } = await wallsOf(worker);
      assert.equal(runtime, false);
      assert.match(whyNot.runtime!, /permissions cover "\/"/);
      assert.match(kernel!, /^landlock/);
      const findings = await attack(worker, bed);
      for (const [name, error] of refusals(findings, "deno", "link")) {
        assert.match(error, /^(PermissionDenied|EACCES|EXDEV|Error)$/, `${name}: ${error}`);
      }
      for (const [name, error] of refusals(findings, "node", "libc")) {
        if (name === "libc: load again") continue; // the runtime's to refuse
        assert.match(error, /^(EACCES|EXDEV)$/, `${name}: ${error}`);
      }
      for (const name of INSIDE) assert.equal(findings[name], "done", name);
    }),
});

Deno.test({
  name: "the runtime's wall alone holds every call of Deno's and Node's, and keeps libc out",
  fn: () =>
    inJail({ runtime: "up", kernel: "down" }, async (worker, bed) => {
      const { app, runtime, kernel, whyNot } = await wallsOf(worker);
      assert.deepEqual([app, runtime, kernel], ["resolve", true, null]);
      assert.equal(whyNot.kernel, "left out");
      const findings = await attack(worker, bed);
      // Not "link": Deno checks paths by their text, so a link that is there already is followed.
      // This worker can make none; one that others made is for the other two walls.
      const tried = refusals(findings, "deno", "async", "node", "libc");
      for (const [name, error] of tried) assert.equal(error, "NotCapable", name);
      assert.equal(findings["deno: read inside"], "done");
      assert.equal(findings["deno: write inside"], "done");
    }),
});

for (const driver of ["auto", "pure"] as const) {
  Deno.test({
    name: `the app's wall alone refuses what lies outside, driver ${driver}`,
    fn: () =>
      inJail({ runtime: "down", kernel: "down", driver }, async (worker, bed) => {
        const { app, runtime, kernel } = await wallsOf(worker);
        const isNative = driver === "auto" && "libc" in libc;
        assert.deepEqual([app, runtime, kernel], [isNative ? "openat2" : "resolve", false, null]);
        const ask = (name: "readHeader" | "inspect", ...args: unknown[]) =>
          worker.ask({ kind: "call", name, args });
        await ask("readHeader", `${bed}/in/file`, 1);
        const paths = ["/etc/passwd", `${bed}/out/file`, `${bed}/in/link`, `${bed}/in/way/file`];
        for (const path of [...paths, "/missing", `${bed}/out/missing`]) {
          await assert.rejects(ask("readHeader", path, 1), { code: "denied" }, path);
        }
        for (const path of [`${bed}/in/../out/file`, `${bed}/in/../../etc/passwd`]) {
          const refused = ({ code }: OrbitError) => code === "denied" || code === "invalid";
          await assert.rejects(ask("readHeader", path, 1), refused, path);
        }
        for (const base of [`${bed}/out`, `${bed}/in/way`, `${bed}/seen`, "/tmp"]) {
          const make = { kind: "directory", path: "new", metadata: {} };
          const args = [base, [make], {}];
          const outcome = await worker.ask({ kind: "call", name: "perform", args })
            .then((results) => (results as { error?: OrbitError }[])[0].error, (error) => error);
          assert.equal(outcome?.code, "denied", base);
        }
      }),
  });
}
