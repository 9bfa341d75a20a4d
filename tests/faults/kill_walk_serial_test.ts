/**
 * `kill -9` at every change of the disk and at every flush of the job store: what is there under
 * its own name is whole, and the same command again finishes.
 *
 * Between two changes nothing differs on the disk, so changes are all the moments there are.
 */
import assert from "node:assert/strict";
import { Bed, endOf, findStaged, type Found, lookAt } from "./bed.ts";
import type { BadDay } from "./faulty_orbit.ts";

const OPTIONS = ["-HS", "--delete", "--find-renames", "--max-delete=100%", "--jobs=1"];
const MIB = 1024 * 1024;

/** Every kind of change; `large` has data and holes in three segments. */
const TREE = [
  "mkdir -p src/a/b/c src/locked src/becomes-dir/in src/exchanged dst/a/b dst/exchanged/old",
  "echo new > src/a/b/c/file; echo one > src/linked; ln src/linked src/a/linked",
  "ln -s a/b src/link; ln -s nowhere src/becomes-link; mkfifo src/fifo; : > src/empty",
  "echo inner > src/becomes-dir/in/file; echo whole > src/becomes-file",
  "head -c 50000 /dev/zero | tr '\\0' n > src/replaced; echo same > src/touched",
  "echo locked > src/locked/file; chmod 555 src/locked",
  `truncate -s ${70 * MIB} src/large; for at in 0 5 33 40 69; do echo $at | ` +
  "dd of=src/large bs=1M seek=$at conv=notrunc status=none; done",
  "echo old > dst/becomes-link; echo old > dst/becomes-dir; head -c 50000 /dev/zero > dst/replaced",
  "mkdir -p dst/becomes-file/was/here dst/gone/deep; echo x > dst/becomes-file/was/here/x",
  "echo x > dst/gone/deep/x; echo y > dst/gone/y; ln -s y dst/gone/link",
  "cp -p src/touched dst/touched; chmod 600 dst/touched; echo old > dst/exchanged/old/file",
  "mkdir -p src/renamed dst/was/shut; echo moved > src/renamed/here; echo more > src/renamed/too",
  "cp -p src/renamed/here dst/was/there; chmod 600 dst/was/there",
  "cp -p src/renamed/too dst/was/shut/name; chmod 555 dst/was/shut",
  "echo outside > outside",
];

function makeBed(): Bed {
  const bed = new Bed();
  bed.run(...TREE);
  return bed;
}

const isStaged = (path: string) => /\/\.orbit-[^/]*\.tmp$/.test(path);

/** Everything under its own name is what it was or what it becomes, never something between. */
function checkWhole(
  found: ReadonlyMap<string, Found>,
  before: ReadonlyMap<string, Found>,
  wanted: ReadonlyMap<string, Found>,
): void {
  for (const [path, { type, content }] of found) {
    if (isStaged(path)) continue;
    const known = [before.get(path), wanted.get(path)].some((entry) =>
      entry?.type === type && entry.content === content
    );
    assert.ok(known, `${path}: ${type} ${content} is neither old nor new`);
  }
}

function checkJobs(bed: Bed): void {
  for (const { job, items } of bed.jobs()) {
    assert.equal(job.state, "succeeded", job.id);
    const open = items.filter(({ state }) => state !== "done" && state !== "skipped");
    assert.deepEqual(open, []);
  }
}

/** Kills one sync, looks, and has the next one finish. False when it ended by itself. */
async function killOnce(bed: Bed, badDay: BadDay): Promise<boolean> {
  const before = lookAt(bed.dst), wanted = lookAt(bed.src);
  const { signal, code, stderr } = await bed.sync(OPTIONS, { badDay });
  const after = lookAt(bed.dst);
  checkWhole(after, before, wanted);
  if (signal === null) assert.equal(code, 0, stderr);
  else assert.equal(signal, "SIGKILL");

  const result = await bed.sync(OPTIONS);
  assert.deepEqual([result.code, result.stderr.replace(/^orbit: going on .*\n/, "")], [0, ""]);
  assert.deepEqual(lookAt(bed.dst), wanted);
  assert.deepEqual(lookAt(bed.src), wanted);
  assert.deepEqual(bed.run("ls").split("\n"), ["dst", "home", "outside", "src", ""]);
  checkJobs(bed);
  return signal !== null;
}

/** Kills at moment 1, 2, 3, … two at a time, until there is no such moment. */
async function walk(badDayAt: (moment: number) => BadDay): Promise<number> {
  let next = 1, moments = 0, isOver = false;
  const lane = async () => {
    while (!isOver) {
      const moment = next++;
      using bed = makeBed();
      try {
        if (await killOnce(bed, badDayAt(moment))) moments = Math.max(moments, moment);
        else isOver = true;
      } catch (cause) {
        isOver = true;
        throw new Error(`killed at moment ${moment}`, { cause });
      }
    }
  };
  await Promise.all([lane(), lane()]);
  return moments;
}

Deno.test("a sync killed before any change of the disk leaves whole files and is finished by the next", async () => {
  const moments = await walk((at) => ({ rules: [{ on: "change", at, then: { kill: true } }] }));
  assert.ok(moments > 40, `${moments} moments`);
});

for (const when of ["before", "after"] as const) {
  Deno.test(`a sync killed ${when} any flush of its job is finished by the next`, async () => {
    const moments = await walk((at) => ({ killAtFlush: { at, when } }));
    assert.ok(moments >= 3, `${moments} moments`);
  });
}

Deno.test("a sync killed again and again gets through", async () => {
  using bed = makeBed();
  bed.run("rm src/large"); // its segments take more than the changes between two deaths
  const wanted = lookAt(bed.src);
  const badDay: BadDay = { rules: [{ on: "change", at: 9, then: { kill: true } }] };
  let killed = 0;
  while ((await bed.sync(OPTIONS, { badDay })).signal === "SIGKILL") {
    assert.ok(++killed < 40, "no end is in sight");
  }
  assert.ok(killed > 2);
  assert.deepEqual(lookAt(bed.dst), wanted);
  checkJobs(bed);
});

Deno.test("a killed sync doesn't copy verified segments of a large file again", async () => {
  using bed = new Bed();
  bed.run(`head -c ${100 * MIB} /dev/urandom > src/large`);
  // A write has 256 KiB: this one is the first behind 65 MiB.
  const badDay: BadDay = {
    rules: [{ on: ["file.write"], at: 65 * 4 + 1, then: { kill: true } }],
  };
  // The store is flushed every quarter of a second: the limit makes a segment take longer.
  const options = ["--jobs=1", "--bwlimit=16M"];
  assert.equal((await bed.sync(options, { badDay })).signal, "SIGKILL");
  assert.deepEqual([...Deno.readDirSync(bed.dst)].map(({ name }) => isStaged(`/${name}`)), [true]);
  const result = await bed.sync([...options, "--json"]);
  assert.equal(result.code, 0, result.stderr);
  const { totals } = endOf(result);
  assert.deepEqual([totals.resumedBytes, totals.copiedBytes], [64 * MIB, 36 * MIB]);
  assert.deepEqual(lookAt(bed.dst).get("./large"), lookAt(bed.src).get("./large"));
  assert.deepEqual(findStaged(bed.dst), []);
});
