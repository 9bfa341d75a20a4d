import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { openJobStore } from "#core/magnetar/mod.ts";
import { defaultSyncOptions, type SyncRequest } from "#core/sync/options.ts";
import { FakeHost } from "#core/program/fake_host.ts";
import { claimJob, watchCancel } from "../jobs/owner.ts";
import { report } from "../output/fixtures.ts";
import type { RunSync } from "../sync/run.ts";
import { jobsCommand } from "./jobs.ts";

const stored: SyncRequest = {
  sources: [{ path: "/a", contents: true }],
  destination: "/b",
  destinationIsDirectory: false,
  options: defaultSyncOptions(),
};

const IDS = ["1aaaaaaaaaaa", "2bbbbbbbbbbb", "3ccccccccccc"] as const;

/** A state folder with jobs in it, and the command at work on it. */
class Bench implements Disposable {
  readonly folder = Deno.makeTempDirSync();
  readonly host = new FakeHost();
  readonly resumed: [SyncRequest, string | undefined][] = [];

  constructor() {
    this.host.environment.set("XDG_STATE_HOME", this.folder);
  }

  jobFolder(id: string): string {
    return `${this.folder}/orbit/jobs/${id}`;
  }

  /** Puts a job into a folder of its own; `cancelledAt` ends it then. */
  addJob(id: string, label: string, { spec = stored as unknown, cancelledAtMs = 0 } = {}): void {
    const time = cancelledAtMs || this.host.nowMs;
    const clock = { now: () => time, elapsed: () => 0, sleep: () => Promise.resolve() };
    using store = openJobStore(this.jobFolder(id), { clock });
    const job = store.createJob({ kind: "sync", label, spec, steps: [{ name: "copy" }] });
    if (cancelledAtMs > 0) store.cancel(job);
  }

  async run(...args: string[]): Promise<{ code: number; lines: string[] }> {
    this.host.stdout.writes.length = 0;
    const runSync: RunSync = (request, { resume }) => {
      this.resumed.push([request, resume]);
      return Promise.resolve(report());
    };
    const code = await jobsCommand(args, this.host, { openJobFolder: openJobStore, runSync });
    return { code, lines: this.host.stdout.lines };
  }

  async refusal(...args: string[]): Promise<string> {
    try {
      await this.run(...args);
    } catch (error) {
      assert(error instanceof OrbitError);
      return `${error.code}: ${error.message}`;
    }
    return assert.fail(`accepted: ${args.join(" ")}`);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

Deno.test("jobs list shows jobs newest first, running, empty and damaged ones too", async () => {
  using bench = new Bench();
  assert.deepEqual((await bench.run()).lines, ["no jobs"]);
  bench.addJob(IDS[0], "sync \x1b[31m\n");
  bench.addJob(IDS[1], "sync b");
  Deno.mkdirSync(bench.jobFolder(IDS[2]));
  Deno.mkdirSync(bench.jobFolder("4dddddddddddd-not-a-job"));
  const damaged = bench.jobFolder("0ddddddddddd");
  Deno.mkdirSync(damaged);
  Deno.writeTextFileSync(`${damaged}/jobs.db`, "SQLite format 3\0 but torn".repeat(200));

  using _lock = openJobStore(bench.jobFolder(IDS[1]));
  using _claim = claimJob(bench.jobFolder(IDS[1]), {
    pid: 4711,
    startedAtMs: bench.host.nowMs,
    label: "sync b → c",
  });
  const { lines } = await bench.run("list");
  assert.match(lines[0], /^ID +STATE +STARTED +JOB$/);
  assert.match(lines[1], /^3c+ +empty +-$/);
  assert.match(lines[2], /^2b+ +running +2030-01-3\d \d\d:\d\d:\d\d +sync b → c$/);
  assert.match(lines[3], /^1a+ +pending +- +sync \\x1b\[31m\\n$/);
  assert.match(lines[4], /^0d+ +(damaged|running)/);
  const records = (await bench.run("--json")).lines.map((line) => JSON.parse(line));
  assert.deepEqual(records.map(({ seq, status }) => `${seq} ${status}`).slice(0, 3), [
    "0 empty",
    "1 running",
    "2 stored",
  ]);
  assert.equal(records[1].owner.pid, 4711);
  assert.equal(records[2].job.label, "sync \x1b[31m\n");
});

Deno.test("jobs show tells all about one job and refuses an unknown one", async () => {
  using bench = new Bench();
  bench.addJob(IDS[0], "sync a");
  const { lines } = await bench.run("show", IDS[0]);
  assert(lines.includes("state:     pending"));
  assert(lines.includes("step:      copy pending"));
  assert.equal(JSON.parse((await bench.run("show", IDS[0], "--json")).lines[0]).job.kind, "sync");
  for (const id of [IDS[1], "..", "../../etc"]) {
    assert.equal(await bench.refusal("show", id), `not_found: find job "${id}": unknown`);
  }
});

Deno.test("jobs resume runs the stored request again", async () => {
  using bench = new Bench();
  bench.addJob(IDS[0], "sync a");
  assert.equal((await bench.run("resume", IDS[0])).code, 0);
  assert.deepEqual(bench.resumed, [[stored, IDS[0]]]);
});

Deno.test("jobs resume refuses what is over, runs, or is no sync", async () => {
  using bench = new Bench();
  bench.addJob(IDS[0], "over", { cancelledAtMs: 1 });
  bench.addJob(IDS[1], "other", { spec: { sources: 1 } });
  bench.addJob(IDS[2], "running");
  using _lock = openJobStore(bench.jobFolder(IDS[2]));
  assert.match(await bench.refusal("resume", IDS[0]), /^conflict: .*: it is cancelled$/);
  assert.match(await bench.refusal("resume", IDS[1]), /^unsupported: .*isn't a sync/);
  assert.match(await bench.refusal("resume", IDS[2]), /^conflict: .*: it is running$/);
  assert.deepEqual(bench.resumed, []);
});

Deno.test("jobs cancel ends a waiting job, and asks the owner of a running one", async () => {
  using bench = new Bench();
  bench.addJob(IDS[0], "waiting");
  assert.deepEqual((await bench.run("cancel", IDS[0])).lines, [`${IDS[0]}: cancelled`]);
  assert((await bench.run("show", IDS[0])).lines.includes("state:     cancelled"));

  bench.addJob(IDS[1], "running");
  using _lock = openJobStore(bench.jobFolder(IDS[1]));
  let asked = 0;
  const poll: (() => void)[] = [];
  const every = (_ms: number, callback: () => void) => {
    poll.push(callback);
    return { [Symbol.dispose]: () => {} };
  };
  using _watch = watchCancel(bench.jobFolder(IDS[1]), every, () => asked++);
  poll[0]();
  assert.equal(asked, 0);
  assert.deepEqual((await bench.run("cancel", IDS[1])).lines, [`${IDS[1]}: asked to stop`]);
  poll[0]();
  poll[0]();
  assert.equal(asked, 1);
});

Deno.test("jobs prune forgets what ended long ago, and keeps the newest", async () => {
  using bench = new Bench();
  const DAY_MS = 86_400_000;
  bench.addJob(IDS[0], "old", { cancelledAtMs: bench.host.nowMs - 40 * DAY_MS });
  bench.addJob(IDS[1], "recent", { cancelledAtMs: bench.host.nowMs - 10 * DAY_MS });
  bench.addJob(IDS[2], "waiting");
  assert.deepEqual((await bench.run("prune")).lines, ["forgot 0 jobs"]);
  assert.deepEqual((await bench.run("prune", "--keep=0")).lines, ["forgot 1 job"]);
  assert.equal((await bench.run("list")).lines.length, 3);
  assert.deepEqual((await bench.run("prune", "--keep=0", "--days=0")).lines, ["forgot 1 job"]);
  assert.match(await bench.refusal("show", IDS[0]), /^not_found/);
  assert((await bench.run("list")).lines[1].includes("waiting"));
});

Deno.test("jobs refuses wrong arguments", async () => {
  using bench = new Bench();
  assert.match(
    await bench.refusal("frobnicate"),
    /^invalid: verb "frobnicate": is not one of list/,
  );
  assert.match(await bench.refusal("resume"), /^invalid: missing argument: needs resume ID/);
  assert.match(await bench.refusal("list", "x"), /^invalid: unexpected argument "x"/);
});
