import assert from "node:assert/strict";
import type { JobLogLine } from "#core/grid_api/mod.ts";
import { runScripted, type Script } from "#core/grid_commands/fake_door.ts";
import { FakeHost } from "#core/program/fake_host.ts";
import type { SyncTotals } from "#core/sync/events.ts";
import { zeroTotals } from "#core/sync/totals.ts";
import { gridSyncCommand } from "./sync.ts";

const ID = "000000000001";
const PLACES = ["nas:/a/", "box:/b"];

function totals(change: Partial<SyncTotals> = {}): SyncTotals {
  return { ...zeroTotals(), planned: true, ...change };
}

function done(path: string): JobLogLine {
  const line = { itemized: ">f+++++++++", mode: 0o100644, size: 1, reason: "is missing" };
  return { type: "done", action: { kind: "copy", path, ...line } };
}

const end = (change: Partial<SyncTotals> = {}): JobLogLine => ({
  ...{ type: "end", state: "succeeded", totals: totals(change), durationMs: 1000 },
});

/** A Nucleus whose log of the job breaks off after each of these, but for the last. */
function logs(...parts: JobLogLine[][]): Script & { bodies: unknown[] } {
  const bodies: unknown[] = [];
  const script = (asked: string, body: unknown) => {
    if (asked === "POST /jobs") {
      bodies.push(body);
      return { job: { id: ID, state: "pending" } };
    }
    assert.match(asked, /^GET \/jobs\/\w+\/log\?after=\d+$/);
    return parts.shift();
  };
  return Object.assign(script, { bodies });
}

async function run(options: string[], script: Script, host = new FakeHost()) {
  const result = await runScripted(gridSyncCommand, [...options, ...PLACES], script, host);
  assert.equal(host.leaks, 0, "timers or listeners are left");
  return result;
}

Deno.test("a sync on a grid shows each change once, though its log breaks off", async () => {
  const script = logs(
    [done("a"), { type: "cursor", after: 4 }, done("b")],
    [done("b"), { type: "cursor", after: 5 }, end()],
  );
  const { code, stdout, stderr, asked } = await run(["-i"], script);
  assert.deepEqual([code, stdout], [0, ">f+++++++++ a\n>f+++++++++ b\n"]);
  assert.match(stderr, /^orbit: follow job: the connection was lost; trying again$/m);
  assert.deepEqual(asked.slice(1), [
    `GET /jobs/${ID}/log?after=0`,
    `GET /jobs/${ID}/log?after=4`,
  ]);
});

Deno.test("a sync on a grid asks for its changes only where they are shown", async () => {
  for (
    const [options, asks] of [
      ...[[[], undefined], [["-q", "-v"], undefined], [["--stats"], undefined]],
      ...[[["-v"], true], [["-i"], true], [["--json"], true]],
    ] as [string[], true | undefined][]
  ) {
    const script = logs([end()]);
    await run(options, script);
    const [body] = script.bodies as { changes?: boolean }[];
    assert.equal(body.changes, asks, options.join(" "));
  }
});

Deno.test("a sync on a grid has a block of progress on a terminal, and leaves none behind", async () => {
  const host = new FakeHost();
  host.stderr.terminal = true;
  host.width = 120;
  const far = totals({
    ...{ plannedFiles: 8, plannedBytes: 8 << 20, copiedFiles: 2, copiedBytes: 2 << 20 },
    relayedBytes: 1 << 20,
  });
  const script = logs([{ type: "progress", totals: far, current: "dir/file" }, end(far)]);
  // Every look at the clock takes its time.
  Object.defineProperty(host, "elapsedMs", { get: () => clock += 200, set: () => {} });
  let clock = 0;
  const { code, stderr } = await run([], script, host);
  assert.equal(code, 0);
  assert.match(stderr, /2\.00 MiB of 8\.00 MiB \(25 %\) {2}2 of 8 files.* 1\.00 MiB relayed/);
  assert.match(stderr, /^ {2}dir\/file$/m);
  assert.match(stderr, /copied 2 files, 2\.00 MiB; .*relayed 1\.00 MiB.*$/m);
});

Deno.test("a sync on a grid names all that failed, and ends with 23", async () => {
  const trouble = (path: string): JobLogLine => ({
    ...{ type: "trouble", path, willRetry: false },
    error: { code: "denied", message: `open "${path}": permission denied`, detail: { path } },
  });
  const script = logs([
    ...[trouble("x"), trouble("y"), { type: "cursor", after: 1 } as const],
    { ...end({ failed: 2 }), state: "partial" } as JobLogLine,
  ]);
  const { code, stdout, stderr } = await run(["-q"], script);
  assert.deepEqual([code, stdout], [23, ""]);
  assert.deepEqual(stderr.trimEnd().split("\n"), [
    `orbit: open "x": permission denied`,
    `orbit: open "y": permission denied`,
    "orbit: 2 items failed; the others were done",
  ]);
});

Deno.test("a sync on a grid says what it waits for, and ends as its job does", async () => {
  const waiting = logs([
    { type: "state", state: "pending", queued: true },
    { type: "state", state: "pending", waitingFor: "nas" },
    { type: "state", state: "paused" },
    { type: "end", state: "cancelled" },
  ]);
  const { code, stderr } = await run([], waiting);
  assert.equal(code, 20);
  for (const words of [/its turn/, /waiting for Star nas/, /is paused/, /^orbit: cancelled/m]) {
    assert.match(stderr, words);
  }
  const error = { code: "not_found", message: "no such directory", detail: {} } as const;
  const failed = logs([{ type: "end", state: "failed", error }]);
  await assert.rejects(run([], failed), error);
  const timeout = { code: "unavailable", message: "", detail: { outcome: "timeout" } } as const;
  const ended = { ...end(), state: "failed", error: timeout } as JobLogLine;
  assert.equal((await run([], logs([ended]))).code, 30);
});

Deno.test("--manifest on a grid fetches page by page, goes on after a loss, and replaces the file whole", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "orbit-test-" });
  try {
    const path = `${folder}/sums`, asks = `GET /jobs/${ID}/manifest`;
    const page = (name: string, next?: number) => ({
      files: [{ path: name, hash: "ab".repeat(32), size: 1 }],
      next,
    });
    const script = logs([end()]);
    const answers: unknown[] = [
      page("a", 5),
      new Response("", { status: 502 }),
      page("b\n", 9),
      page("\udcff"),
    ];
    const host = new FakeHost();
    const { code, stderr, asked } = await run([`--manifest=${path}`], (what, body) => {
      return what.startsWith(asks) ? answers.shift() : script(what, body);
    }, host);
    assert.equal(code, 0, stderr);
    assert.equal(script.bodies.length, 1);
    assert.equal((script.bodies[0] as { manifest?: boolean }).manifest, true);
    assert.deepEqual(asked.filter((what) => what.startsWith(asks)), [
      `${asks}?limit=250`,
      `${asks}?after=5&limit=250`,
      `${asks}?after=5&limit=250`,
      `${asks}?after=9&limit=250`,
    ]);
    const hash = "ab".repeat(32);
    assert.equal(
      Deno.readTextFileSync(path),
      `${hash}  a\n\\${hash}  b\\n\n${hash}  \ufffd\n`,
    );
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["sums"]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("--manifest on a grid leaves the file alone when the job doesn't come to its end", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "orbit-test-" });
  try {
    const path = `${folder}/sums`;
    Deno.writeTextFileSync(path, "old");
    const timeout = { code: "unavailable", message: "", detail: { outcome: "timeout" } } as const;
    const failed = { code: "internal", message: "broke", detail: {} } as const;
    const ends = [{ state: "cancelled" }, { state: "failed", error: timeout }, {
      state: "failed",
      error: failed,
    }];
    for (const ended of ends) {
      // A request for the list would be none that the script knows.
      const { stderr } = await run(
        [`--manifest=${path}`],
        logs([{ ...end(), ...ended } as JobLogLine]),
      );
      assert.match(stderr, /manifest ".*sums" isn't written: the sync didn't come to its end$/m);
      assert.equal(Deno.readTextFileSync(path), "old");
    }
    const partial = logs([{ ...end(), state: "partial" } as JobLogLine]);
    await run([`--manifest=${path}`], (asked, body) => {
      return asked.includes("/manifest") ? { files: [] } : partial(asked, body);
    });
    assert.equal(Deno.readTextFileSync(path), "");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("--detach on a grid says the id, and refuses what it wouldn't show", async () => {
  const script = logs();
  assert.equal((await run(["--detach"], script)).stdout, `${ID}\n`);
  const { type, id } = JSON.parse((await run(["--detach", "--json"], script)).stdout);
  assert.deepEqual([type, id], ["job", ID]);
  for (
    const option of [
      "-v",
      "-i",
      "--stats",
      "-P",
      "-q",
      "--human-readable",
      "--manifest=x",
      "--explain=x",
    ]
  ) {
    await assert.rejects(run(["--detach", option], script), { code: "invalid" }, option);
  }
});

Deno.test("a sync on a grid names the directory of backups from its destination", async () => {
  const backups: [options: string[], backup: { directory?: string; suffix: string }][] = [
    [["-b"], { suffix: "~" }],
    [["--backup-dir=./old/"], { directory: "old", suffix: "" }],
    [["--backup-dir=../old"], { directory: "/old", suffix: "" }],
    [["--backup-dir=.", "--suffix=.o"], { suffix: ".o" }],
  ];
  for (const [options, backup] of backups) {
    const script = logs([end()]);
    assert.equal((await run(options, script)).code, 0);
    const [body] = script.bodies as [{ options: { backup: unknown } }];
    assert.deepEqual(body.options.backup, backup);
  }
});

Deno.test("a directory of backups above a destination that may be a file is refused on a grid", async () => {
  const sync = (directory: string, ...places: string[]) => {
    const script = logs([end()]);
    const args = [`--backup-dir=${directory}`, ...places];
    return { script, result: runScripted(gridSyncCommand, args, script, new FakeHost()) };
  };
  const refused = sync("./x/../../old", "nas:/a", "box:/b/c");
  await assert.rejects(refused.result, {
    message: /^--backup-dir ".*old": may be beside a file or a directory; write SRC\/ or DST\//,
  });
  for (
    const [directory, source, destination, sent] of [
      ["../old", "nas:/a", "box:/b/c/", "/b/old"],
      ["/b/old/", "nas:/a", "box:/b/c", "/b/old"],
      ["./old", "nas:/a", "box:/b/c", "old"],
    ]
  ) {
    const { script, result } = sync(directory, source, destination);
    assert.equal((await result).code, 0);
    const [body] = script.bodies as [{ options: { backup: unknown } }];
    assert.deepEqual(body.options.backup, { directory: sent, suffix: "" });
  }
});
