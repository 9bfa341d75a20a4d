import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import type { SyncEvent } from "#core/sync/events.ts";
import { defaultSyncOptions, type SyncRequest } from "#core/sync/options.ts";
import { ExitRequest, FakeHost } from "#core/program/fake_host.ts";
import { action, hostileNames, report, totals } from "../output/fixtures.ts";
import type { RunSync } from "./run.ts";
import { initialSettings, type SyncOutput } from "./settings.ts";
import { superviseSync } from "./supervise.ts";

function request(dryRun = false): SyncRequest {
  return {
    sources: [{ path: "/a", contents: true }],
    destination: "/b",
    destinationIsDirectory: false,
    options: { ...defaultSyncOptions(), dryRun },
  };
}

/** A run that emits events and ends with the report of its last one. */
function emits(...events: SyncEvent[]): RunSync {
  return (_request, { observer }) => {
    const end = { type: "end", report: report() } as const;
    for (const event of [...events, end]) observer(event);
    return Promise.resolve(end.report);
  };
}

async function run(
  host: FakeHost,
  runSync: RunSync,
  change: Partial<SyncOutput> = {},
  dryRun = false,
): Promise<number> {
  const output = { ...initialSettings().output, ...change };
  try {
    return await superviseSync(request(dryRun), { output, watch: false }, host, runSync);
  } finally {
    assert.equal(host.leaks, 0, "timers or listeners are left");
  }
}

const done = (path: string): SyncEvent => ({ type: "done", action: action({ path }) });
const plan = (path: string): SyncEvent => ({ type: "plan", action: action({ path }) });

Deno.test("superviseSync shows what was done, or in a dry run what is planned", async () => {
  const host = new FakeHost();
  assert.equal(await run(host, emits(plan("a"), done("a")), { itemize: true }), 0);
  assert.equal(host.stdout.text, ">f+++++++++ a\n");
  const dry = new FakeHost();
  await run(dry, emits(plan("a")), { verbosity: 1 }, true);
  assert.equal(dry.stdout.text, "a\n");
  assert.match(dry.stderr.text, /^dry run, nothing was changed: /);
});

Deno.test("superviseSync stops in good order, and says why, when its output can't be written", async () => {
  for (const during of [true, false]) {
    const host = new FakeHost();
    host.stdout.failure = new OrbitError("exhausted", "write: no space left on device");
    const runSync: RunSync = (_request, { observer, signal }) => {
      observer(done("a"));
      if (during) {
        host.pass(200);
        assert.equal(signal?.aborted, true);
      }
      return Promise.resolve(report());
    };
    await assert.rejects(run(host, runSync, { itemize: true }), host.stdout.failure);
  }
});

Deno.test("superviseSync is silent by default where there is no terminal", async () => {
  const host = new FakeHost();
  await run(host, emits(plan("a"), done("a")));
  assert.equal(host.stdout.text + host.stderr.text, "");
});

Deno.test("superviseSync with --json writes nothing but numbered JSON to standard output", async () => {
  const host = new FakeHost();
  const events = hostileNames.flatMap(([name]) => [plan(name), done(name)]);
  await run(host, emits(...events), { json: true, stats: true, itemize: true, verbosity: 2 });
  const records = host.stdout.lines.map((line) => JSON.parse(line));
  assert.equal(records.length, events.length + 1);
  records.forEach((record, seq) => {
    assert.equal(record.schema, "orbit.sync/1");
    assert.equal(record.seq, seq);
  });
});

Deno.test("superviseSync writes 200,000 lines in few writes", async () => {
  const host = new FakeHost();
  const event = done("some/path/of/ordinary/length");
  const runSync: RunSync = (_request, { observer }) => {
    for (let i = 0; i < 200_000; i++) observer(event);
    return Promise.resolve(report());
  };
  await run(host, runSync, { verbosity: 1 });
  assert.equal(host.stdout.lines.length, 200_000);
  assert(host.stdout.writes.length < 150, `${host.stdout.writes.length} writes`);
});

Deno.test("superviseSync reports troubles in one safe line each, retries only with -v", async () => {
  const error = { code: "denied", message: "permission denied", detail: {} } as const;
  for (const [name, shown] of hostileNames) {
    const host = new FakeHost();
    await run(host, emits({ type: "trouble", path: name, error, willRetry: false }), {
      quiet: true,
    });
    assert.equal(host.stderr.text, `orbit: "${shown}": permission denied\n`);
  }
  const retry = emits({ type: "trouble", path: "a", error, willRetry: true });
  const host = new FakeHost();
  await run(host, retry);
  assert.equal(host.stderr.text, "");
  const verbose = new FakeHost();
  await run(verbose, retry, { verbosity: 1 });
  assert.match(verbose.stderr.text, /^orbit: "a": permission denied; trying again\n/);
});

Deno.test("superviseSync takes the progress block away before it writes lines", async () => {
  const host = new FakeHost();
  host.stderr.terminal = true;
  host.stdout.terminal = true;
  const runSync: RunSync = (_request, { observer }) => {
    observer({ type: "progress", totals: totals(), current: "now" });
    host.pass(200);
    assert.match(host.stderr.text, /\n {2}now\n$/);
    observer(done("a"));
    host.pass(50);
    assert(host.stderr.text.endsWith("\x1b[1A\r\x1b[2K".repeat(2)));
    return Promise.resolve(report());
  };
  await run(host, runSync, { verbosity: 1 });
  assert.equal(host.stdout.text, "a\n");
});

Deno.test("superviseSync uses plain lines on a terminal that can't redraw", async () => {
  const host = new FakeHost();
  host.stderr.terminal = true;
  host.environment.set("TERM", "dumb");
  const runSync: RunSync = (_request, { observer }) => {
    observer({ type: "progress", totals: totals() });
    host.pass(30_000);
    return Promise.resolve(report());
  };
  await run(host, runSync);
  assert.match(host.stderr.text, /^orbit: 0 B of 0 B/);
  assert(!host.stderr.text.includes("\x1b"));
});

/** A run that ends when it is asked to. */
const untilStopped: RunSync = (_request, { signal, observer }) =>
  new Promise((resolve) => {
    signal.addEventListener("abort", () => {
      const interrupted = report({ outcome: "interrupted", jobId: "0123456789ab" });
      observer({ type: "end", report: interrupted });
      resolve(interrupted);
    });
  });

Deno.test("superviseSync ends a run in order on the first signal and says how to resume", async () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const host = new FakeHost();
    const running = run(host, untilStopped);
    host.stop(signal);
    assert.equal(await running, 20);
    assert.match(host.stderr.text, /^orbit: stopping/);
    assert.match(
      host.stderr.text,
      /orbit jobs resume 0123456789ab \(or the same command again\)\n$/,
    );
  }
});

Deno.test("superviseSync exits at once on the second signal", async () => {
  const host = new FakeHost();
  const { promise, resolve } = Promise.withResolvers<ReturnType<typeof report>>();
  const running = run(host, () => promise);
  host.stop("SIGINT");
  assert.throws(() => host.stop("SIGINT"), (error) => {
    return error instanceof ExitRequest && error.code === 20;
  });
  resolve(report({ outcome: "interrupted" }));
  assert.equal(await running, 20);
});

Deno.test("superviseSync takes a closed standard output as a wish to stop", async () => {
  const host = new FakeHost();
  host.stdout.broken = true;
  const runSync: RunSync = (request, options) => {
    const running = untilStopped(request, options);
    options.observer(done("a"));
    host.pass(100);
    return running;
  };
  assert.equal(await run(host, runSync, { json: true }), 20);
});

Deno.test("superviseSync passes errors on, but not the signal's reason", async () => {
  const host = new FakeHost();
  const failing = () => Promise.reject(new OrbitError("not_found", "gone"));
  await assert.rejects(run(host, failing), OrbitError);
  const aborting: RunSync = (_request, { signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  const running = run(host, aborting);
  host.stop("SIGINT");
  assert.equal(await running, 20);
});
