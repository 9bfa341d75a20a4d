/** Trouble with Orbit's own state: damaged, foreign, full, forbidden or shared job folders. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { mountTmpfs, remount } from "../support/mount.ts";
import { Bed, endOf, findStaged, lookAt } from "./bed.ts";
import type { BadDay } from "./faulty_orbit.ts";

const MIB = 1024 * 1024;
const canMount = (() => {
  using mounted = mountTmpfs({ sizeBytes: 65_536 });
  return mounted !== null;
})();

/** The folder of the only job. */
function jobFolder(bed: Bed): string {
  const folder = `${bed.home}/state/orbit/jobs`;
  const [entry, ...others] = [...Deno.readDirSync(folder)];
  assert.deepEqual(others, []);
  return `${folder}/${entry.name}`;
}

/** A bed with a job that was killed while a large file was half staged. */
async function killedBed(): Promise<Bed> {
  const bed = new Bed();
  bed.run(`head -c ${70 * MIB} /dev/urandom > src/large; echo small > src/small`);
  const badDay: BadDay = { rules: [{ on: ["file.write"], at: 40, then: { kill: true } }] };
  assert.equal((await bed.sync(["--jobs=1"], { badDay })).signal, "SIGKILL");
  assert.equal(findStaged(bed.dst).length, 1);
  return bed;
}

for (
  const { what, damage } of [
    { what: "truncated", damage: "truncate -s 9000 jobs.db" },
    { what: "overwritten with garbage", damage: "head -c 20000 /dev/urandom > jobs.db" },
    {
      what: "garbled within",
      damage: "head -c 9000 /dev/urandom | dd of=jobs.db bs=1 seek=4096 conv=notrunc status=none",
    },
  ]
) {
  Deno.test(`a sync whose interrupted job's database is ${what} says so and starts anew`, async () => {
    using bed = await killedBed();
    const folder = jobFolder(bed);
    {
      using database = new DatabaseSync(`${folder}/jobs.db`);
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)"); // all of it is in the one file then
    }
    bed.run(`cd ${folder}; ${damage}`);
    const damaged = await bed.orbit(["jobs", "list"]);
    assert.deepEqual([damaged.code, /damaged/.test(damaged.stdout)], [0, true], damaged.stdout);

    const { code, stderr } = await bed.sync(["--jobs=1"]);
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /^orbit: [^\n]*jobs\.db": damaged \([^\n]*; it is set aside as jobs\.db\.damaged, and the job starts anew$/m,
    );
    assert.deepEqual(lookAt(bed.dst), lookAt(bed.src));
    assert.deepEqual(findStaged(bed.dst), []);
    assert.match((await bed.orbit(["jobs", "list"])).stdout, /succeeded/);
  });
}

Deno.test("a sync leaves a job of a newer Orbit alone, says so, and runs as another", async () => {
  using bed = await killedBed();
  const folder = jobFolder(bed);
  {
    using database = new DatabaseSync(`${folder}/jobs.db`);
    database.exec("PRAGMA user_version = 999");
  }
  const { code, stderr } = await bed.sync(["--jobs=1"]);
  assert.equal(code, 0, stderr);
  assert.match(
    stderr,
    /^orbit: [^\n]*it was written by a newer Orbit [^\n]*; starting another job$/m,
  );
  assert.deepEqual(lookAt(bed.dst).get("./large"), lookAt(bed.src).get("./large"));
});

Deno.test("a sync with a state folder that can't be made says where it looked, and changes nothing", async () => {
  using bed = new Bed();
  bed.run("echo x > src/x; echo file > home/state");
  const { code, stderr } = await bed.sync();
  assert.equal(code, 11, stderr);
  assert.match(
    stderr,
    /^orbit: [^"\n]* "[^"\n]*\/home\/state\/orbit[^\n]*not a directory \(Orbit's state; XDG_STATE_HOME moves it\)\n$/,
  );
  assert.equal(bed.run("ls dst"), "");
  assert.equal((await bed.sync(["-n"])).code, 0);
});

Deno.test({
  name: "a sync with a state folder that can't be written says so, and changes nothing",
  ignore: !canMount,
  async fn() {
    using bed = new Bed();
    using mounted = mountTmpfs({ sizeBytes: 256 * 1024 })!;
    remount(mounted.path, "ro");
    bed.run("echo x > src/x");
    const { code, stderr } = await bed.sync([], { env: { XDG_STATE_HOME: mounted.path } });
    assert.equal(code, 11, stderr);
    assert.match(
      stderr,
      /^orbit: [^"\n]* "[^"\n]*\/orbit[^\n]*read-only file system \(Orbit's state; XDG_STATE_HOME moves it\)\n$/,
    );
    assert.equal(bed.run("ls dst"), "");
  },
});

Deno.test({
  name: "a sync with a full state folder says so, and leaves whole files",
  ignore: !canMount,
  async fn() {
    using bed = new Bed();
    using mounted = mountTmpfs({ sizeBytes: 256 * 1024 })!;
    bed.run("mkdir src/d; head -c 8192000 /dev/urandom | split -b 1024 -a 4 - src/d/x");
    const { code, stderr } = await bed.sync([], { env: { XDG_STATE_HOME: mounted.path } });
    assert.equal(code, 11, stderr);
    assert.match(stderr, /^orbit: use job database "[^\n]*": [^\n]*\n$/);
    assert.deepEqual(findStaged(bed.dst), []);
    assert.equal(bed.run("cd dst/d 2>/dev/null && find . -type f ! -size 1024c"), "");
    assert.equal((await bed.sync()).code, 0);
    assert.deepEqual(lookAt(bed.dst), lookAt(bed.src));
  },
});

Deno.test("two equal syncs at once both succeed", async () => {
  using bed = new Bed();
  bed.run("mkdir src/d; head -c 2048000 /dev/urandom | split -b 1024 -a 4 - src/d/x");
  const results = await Promise.all([bed.sync(["--delete"]), bed.sync(["--delete"])]);
  for (const { code, stderr } of results) assert.equal(code, 0, stderr);
  assert.deepEqual(lookAt(bed.dst), lookAt(bed.src));
  assert.deepEqual(findStaged(bed.dst), []);
});

Deno.test("two syncs of different sources into one destination leave whole files of either", async () => {
  using bed = new Bed();
  bed.run(
    "mkdir other; for i in $(seq 300); do echo first $i > src/$i; echo second $i > other/$i; done",
    "for i in $(seq 100); do echo $i > other/more$i; done",
  );
  const results = await Promise.all([bed.sync(), bed.orbit(["sync", "other/", "dst"])]);
  for (const { code, stderr } of results) assert.equal(code, 0, stderr);
  assert.deepEqual(findStaged(bed.dst), []);
  const mixed = bed.run(
    "for i in $(seq 300); do cmp -s src/$i dst/$i || cmp other/$i dst/$i; done",
  );
  assert.deepEqual([mixed, bed.run("ls dst | wc -l").trim()], ["", "400"]);
});

Deno.test("job folders that are half made disturb nobody, and can be pruned", async () => {
  using bed = new Bed();
  bed.run(
    "echo x > src/x; mkdir -p home/state/orbit/jobs/d1zb00000000 home/state/orbit/jobs/notajob",
    "mkdir home/state/orbit/unfinished; echo stray > home/state/orbit/jobs/file",
  );
  bed.run("touch -d 2020-01-01 home/state/orbit/jobs/d1zb00000000");
  assert.equal((await bed.sync()).code, 0);
  const list = await bed.orbit(["jobs", "list"]);
  assert.match(list.stdout, /d1zb00000000/);
  assert.equal((await bed.orbit(["jobs", "prune"])).code, 0);
  assert.equal((await bed.orbit(["jobs", "show", "d1zb00000000"])).code, 3);
});

Deno.test("a job remembered by a torn note is not gone on with, and nothing fails", async () => {
  using bed = new Bed();
  bed.run("echo x > src/x");
  const badDay: BadDay = { rules: [{ on: ["rename"], then: { kill: true } }] };
  assert.equal((await bed.sync([], { badDay })).signal, "SIGKILL");
  bed.run("for note in home/state/orbit/unfinished/*; do printf '../../x' > $note; done");
  const result = await bed.sync(["--json"]);
  assert.deepEqual([result.code, endOf(result).outcome], [0, "complete"], result.stderr);
});
