import assert from "node:assert/strict";
import { Programs, type Running } from "./programs.ts";

/** A Nucleus and a Star that serves three files, in processes of their own. */
async function openGrid() {
  const programs = new Programs();
  const folder = programs.path("nucleus"), data = programs.path("data");
  Deno.mkdirSync(`${data}/sub`, { recursive: true });
  for (const [name, text] of [["a", "alpha"], ["sub/b", "beta"], ["c.tmp", "x"]]) {
    Deno.writeTextFileSync(`${data}/${name}`, text);
  }
  const tokenFile = programs.path("admin.token");
  const init = await programs.run("nucleus", [
    ...["init", "--json", `--data=${folder}`, `--admin-token-file=${tokenFile}`],
  ]);
  assert.equal(init.code, 0, init.stderr);
  const { fingerprint } = JSON.parse(init.stdout);
  const run = (port: number) =>
    programs.start(
      "nucleus",
      ["run", `--data=${folder}`, `--listen=127.0.0.1:${port}`],
      /listening address=127\.0\.0\.1:(\d+)/,
    );
  const nucleus = await run(0);
  const port = Number((await nucleus.says(/address=127\.0\.0\.1:(\d+)/))[1]);
  const admin = (...args: string[]) => programs.run("nucleus", [...args, `--data=${folder}`]);
  const startStar = async (): Promise<Running> => {
    const created = await admin("token", "create", "--name=nas-1", "--approved");
    assert.equal(created.code, 0, created.stderr);
    const state = `--state=${programs.path("star")}`;
    const joining = ["join", `--hub=127.0.0.1:${port}`, state];
    const joined = await programs.run("star", joining, created.stdout);
    assert.equal(joined.code, 0, joined.stderr);
    return await programs.start("star", ["run", state, `--allow-read=${data}`], /connected/i);
  };
  return {
    ...{ programs, folder, data, tokenFile, fingerprint, port, nucleus, run, admin, startStar },
    [Symbol.asyncDispose]: () => programs[Symbol.asyncDispose](),
  };
}

Deno.test("from init to results: a Nucleus, a Star, and orbit, in processes of their own", async () => {
  await using grid = await openGrid();
  const { programs, port, fingerprint, tokenFile, data, admin } = grid;
  await grid.startStar();
  const listed = await admin("star", "list", "--json");
  assert.match(listed.stdout, /"name":"nas-1".*"status":"online"/);

  const orbit = (...args: string[]) => programs.run("orbit", args);
  const trust = [`--fingerprint=${fingerprint}`, `--token-file=${tokenFile}`];
  const direct = await orbit(`--nucleus=https://localhost:${port}`, ...trust, "stars");
  assert.equal(direct.code, 0, direct.stderr);
  assert.match(direct.stdout, /nas-1 +online/);
  const kept = await orbit("nucleus", "add", `https://127.0.0.1:${port}`, ...trust);
  assert.equal(kept.code, 0, kept.stderr);
  assert.equal(Deno.statSync(programs.path(".config/orbit/nucleus.token")).mode! & 0o777, 0o600);

  const place = `nas-1:${data}`;
  const hashed = await orbit(
    ...["jobs", "run", "hash", place, "--results", "--exclude=*.tmp", "--nucleus=saved"],
  );
  assert.equal(hashed.code, 0, hashed.stderr);
  const names = hashed.stdout.trim().split("\n").map((line) => line.split("  ")[1]).sort();
  assert.deepEqual(names, ["a", "sub/b"]);
  assert.match(hashed.stderr, /succeeded: 2 of 2 items, 9 B of 9 B/);

  const scanned = await orbit(
    "jobs",
    "run",
    "scan",
    place,
    "--json",
    "--results",
    "--nucleus=saved",
  );
  assert.equal(scanned.code, 0, scanned.stderr);
  const entries = scanned.stdout.trim().split("\n").map((line) => JSON.parse(line))
    .filter(({ type }) => type === "entry");
  assert.deepEqual(entries.map(({ path }) => path).sort(), ["a", "c.tmp", "sub", "sub/b"]);

  const verified = await orbit("jobs", "run", "verify", place, `${place}/sub`, "--nucleus=saved");
  assert.equal(verified.code, 23, verified.stderr);
  const outside = await orbit("jobs", "run", "scan", "nas-1:/etc", "--nucleus=saved");
  assert.equal(outside.code, 11, outside.stderr);
  const slip = await orbit("stars", "show", "nas-2");
  assert.deepEqual([slip.code, slip.stderr], [
    3,
    'orbit: no Star "nas-2"; did you mean "nas-1"?\n',
  ]);

  const revoked = await orbit("stars", "revoke", "nas-1");
  assert.equal(revoked.stdout, "nas-1: revoked\n");
  const audit = await admin("audit", "verify");
  assert.match(audit.stdout, /as they were written/);
});

Deno.test("a job is made once, whichever side is killed in the middle", async () => {
  await using grid = await openGrid();
  const { programs, port, fingerprint, tokenFile, data, admin } = grid;
  const star = await grid.startStar();
  await star.stop("SIGKILL");
  const trust = [`--nucleus=127.0.0.1:${port}`, `--fingerprint=${fingerprint}`];
  const orbit = (...args: string[]) =>
    programs.run("orbit", [...args, ...trust, `--token-file=${tokenFile}`]);
  const made = await orbit("jobs", "run", "hash", `nas-1:${data}`, "--detach");
  assert.equal(made.code, 0, made.stderr);
  const id = made.stdout.trim();
  await grid.nucleus.stop("SIGKILL");
  // Nobody runs: the same commands work on the folder itself.
  const idle = await admin("job", "show", id);
  assert.match(idle.stdout, /state: +(interrupted|pending)/);
  await grid.run(port);
  await programs.start(
    "star",
    ["run", `--state=${programs.path("star")}`, `--allow-read=${data}`],
    /connected/i,
  );
  const watched = await orbit("jobs", "watch", id);
  assert.equal(watched.code, 0, watched.stderr);
  const results = await orbit("jobs", "results", id);
  assert.equal(results.stdout.trim().split("\n").length, 3);
});

Deno.test("orbit says nothing to a Nucleus that isn't the one meant", async () => {
  await using grid = await openGrid();
  const { programs, port, tokenFile } = grid;
  const wrong = "ab".repeat(32);
  const { code, stderr } = await programs.run("orbit", [
    ...["stars", `--nucleus=127.0.0.1:${port}`, `--fingerprint=${wrong}`],
    `--token-file=${tokenFile}`,
  ]);
  assert.equal(code, 11);
  assert.match(stderr, /its fingerprint is [0-9a-f]{64}, not the expected abab/);
  const audit = await grid.admin("audit", "list", "--outcome=refused");
  assert.equal(audit.stdout, "no records\n");
});
