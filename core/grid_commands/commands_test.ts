import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import type { JobShape, StarShape } from "#core/grid_api/mod.ts";
import { longNamesOf } from "#core/program/arguments/option.ts";
import { commandHelp } from "#core/program/help.ts";
import { auditCommand, describeAudit } from "./audit.ts";
import { fakeDoor, runScripted } from "./fake_door.ts";
import { describeJobs, jobsCommand } from "./jobs.ts";
import { describeStars, starsCommand } from "./stars.ts";
import { describeTokens, tokensCommand } from "./tokens.ts";

const star = (name: string): StarShape => ({
  ...{ id: `id-${name}`, name, constellation: "default", status: "online", hostname: "h" },
  ...{ version: "1", capabilities: [], roots: [], grantedRoots: [], joinedAtMs: 0 },
});

const none = { items: 0, bytes: 0 };

function job(state: JobShape["state"], done: number, failed = 0): JobShape {
  const counts = {
    ...{ pending: none, running: none, waiting: none, skipped: none, stale: none },
    ...{ done: { items: done, bytes: done * 10 }, failed: { items: failed, bytes: 0 } },
  };
  return {
    ...{ id: "000000000001", kind: "hash", label: "hash nas:/d", state, attempt: 1, priority: 0 },
    ...{ places: [{ star: "nas", path: "/d" }], createdAtMs: 0 },
    steps: [{ name: "hash", state: "running", counts }],
  };
}

for (const describe of [describeStars, describeTokens, describeJobs, describeAudit]) {
  const description = describe(fakeDoor);
  Deno.test(`help of ${description.name} fits, and names every option once`, () => {
    for (const line of commandHelp(description).split("\n")) assert.ok(line.length <= 80, line);
    const names = description.options.flatMap(longNamesOf);
    assert.equal(names.length, new Set(names).size);
  });
}

Deno.test("stars lists every page, as a table and as JSON", async () => {
  const script = (asked: string) =>
    asked.includes("after=b")
      ? { stars: [star("c")] }
      : { stars: [star("a"), star("b")], next: "b" };
  const table = await runScripted(starsCommand, ["--status=online"], script);
  assert.deepEqual(table.asked, [
    "GET /stars?status=online&limit=1000",
    "GET /stars?status=online&after=b&limit=1000",
  ]);
  assert.match(table.stdout, /^NAME +STATUS.*\na +online.*\nb .*\nc .*\n$/);
  const json = await runScripted(starsCommand, ["list", "--json"], script);
  const lines = json.stdout.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ schema, type, seq, name }) => [schema, type, seq, name]), [
    ["orbit.grid/1", "star", 0, "a"],
    ["orbit.grid/1", "star", 1, "b"],
    ["orbit.grid/1", "star", 2, "c"],
  ]);
});

Deno.test("stars decides on each Star in turn, and stops at the first refusal", async () => {
  const error = { code: "not_found", message: 'no Star "b"', detail: {} };
  const asked: string[] = [];
  const run = runScripted(starsCommand, ["approve", "a", "b", "c"], (what) => {
    asked.push(what);
    return what.includes("/b/") ? Response.json({ error }, { status: 404 }) : { star: star("a") };
  });
  await assert.rejects(run, (error) => error instanceof OrbitError && error.code === "not_found");
  assert.deepEqual(asked, ["POST /stars/a/approve", "POST /stars/b/approve"]);
});

Deno.test("what a Nucleus says can't move the cursor", async () => {
  const evil = { ...star("a"), hostname: "\x1b[2J", name: "x\ny" };
  const { stdout } = await runScripted(starsCommand, ["show", "a"], () => ({ star: evil }));
  assert.ok(stdout.includes("\\x1b[2J") && stdout.includes("x\\ny"));
  assert.ok(!stdout.includes("\x1b"));
});

Deno.test("tokens prints a new token alone on standard output", async () => {
  const token = { id: "1", constellation: "lab", roots: [], approved: true, expiresAtMs: 0 };
  let asked: unknown;
  const line = ["create", "--name=nas", "--root=/d", "--approved", "--lifetime=10m"];
  const { stdout, stderr } = await runScripted(tokensCommand, line, (_, body) => {
    asked = body;
    return { token, text: "orbit1_secret" };
  });
  assert.deepEqual(asked, { name: "nas", roots: ["/d"], approved: true, lifetimeMs: 600_000 });
  assert.equal(stdout, "orbit1_secret\n");
  assert.ok(!stderr.includes("secret"));
});

Deno.test("tokens refuses options that would mean nothing, before it asks anybody", async () => {
  for (
    const line of [
      ["create", "--api", "--role=viewer"],
      ["create", "--api", "--name=x"],
      ["create", "--api", "--name=x", "--role=viewer", "--root=/d"],
      ["create", "--api", "--name=x", "--role=viewer", "--approved"],
      ["create", "--role=viewer"],
      ["create", "--path-prefix=/d"],
      ["create", "--constellation=a", "--constellation=b"],
      ["create", "--lifetime=soon"],
      ["create", "--api", "--name=x", "--role=root"],
      ["revoke"],
    ]
  ) {
    const run = runScripted(tokensCommand, line, () => assert.fail("asked"));
    await assert.rejects(run, (error) => error instanceof OrbitError && error.code === "invalid");
  }
});

Deno.test("jobs run asks for the job, follows it, and ends with its status", async () => {
  const cases: [state: JobShape["state"], failed: number, code: number][] = [
    ...[["succeeded", 0, 0], ["partial", 1, 23], ["cancelled", 0, 20], ["failed", 0, 11]] as const,
  ].map(([...each]) => each);
  for (const [state, failed, code] of cases) {
    let body: unknown;
    const line = ["run", "hash", "nas:/d", "--exclude=*.tmp", "--include=a", "--priority=-2"];
    const ran = await runScripted(jobsCommand, line, (asked, sent) => {
      if (asked === "POST /jobs") {
        body = sent;
        return { job: job("pending", 0) };
      }
      if (asked === "GET /jobs/000000000001/items?state=failed&limit=1") {
        return { items: [{ error: { code: "denied", message: 'read "c": no' } }] };
      }
      return [
        { type: "job", job: job("running", 1) },
        { type: "job", job: job(state, 2, failed) },
        { type: "end", state },
      ];
    });
    assert.deepEqual(body, {
      ...{ kind: "hash", at: { star: "nas", path: "/d" }, filter: ["- *.tmp", "+ a"] },
      ...{ oneFileSystem: false, priority: -2 },
    });
    assert.equal(ran.code, code);
    assert.match(ran.stderr, new RegExp(`000000000001: ${state}: 2 of ${2 + failed} items`));
    assert.equal(/read "c": no/.test(ran.stderr), state === "partial", ran.stderr);
    assert.equal(ran.stdout, "");
  }
});

Deno.test("jobs watch goes on when the connection was lost", async () => {
  let asked = 0;
  const { code, stderr } = await runScripted(
    jobsCommand,
    ["watch", "000000000001"],
    () =>
      asked++ === 0 ? [{ type: "job", job: job("running", 1) }] : [
        { type: "job", job: job("succeeded", 2) },
        { type: "end", state: "succeeded" },
      ],
  );
  assert.deepEqual([code, asked], [0, 2]);
  assert.match(stderr, /the connection was lost; trying again/);
});

Deno.test("jobs watch says at once, and once, what a job waits for", async () => {
  const waiting = { ...job("running", 0), progress: { entries: 0, bytes: 0, waitingFor: "nas" } };
  const { code, stderr } = await runScripted(
    jobsCommand,
    ["watch", "000000000001"],
    () => [
      { type: "job", job: waiting },
      { type: "job", job: waiting },
      { type: "job", job: job("succeeded", 2) },
      { type: "end", state: "succeeded" },
    ],
  );
  assert.equal(code, 0);
  assert.equal(stderr.match(/waiting for nas/g)?.length, 1, stderr);
});

Deno.test("jobs results prints every line once, wherever the stream breaks", async () => {
  const file = (path: string) => ({ type: "file", path, hash: "ab" });
  const pages = [
    [file("a"), { type: "cursor", after: "i1" }, file("b")],
    [file("b"), { type: "cursor", after: "i2" }],
    [
      {
        type: "trouble",
        path: "c",
        error: { code: "denied", message: 'read "c": no', detail: {} },
      },
      {
        type: "end",
        state: "partial",
      },
    ],
  ];
  const ran = await runScripted(jobsCommand, ["results", "000000000001"], () => pages.shift());
  assert.equal(ran.stdout, "ab  a\nab  b\n");
  assert.match(ran.stderr, /read "c": no/);
  assert.equal(ran.code, 23);
  assert.deepEqual(ran.asked, [
    "GET /jobs/000000000001/results",
    "GET /jobs/000000000001/results?after=i1",
    "GET /jobs/000000000001/results?after=i2",
  ]);
});

Deno.test("jobs results says what became of the question about one path", async () => {
  const explained = (path: string) => ({
    type: "explain",
    explanation: { path, conclusion: `would be copied: "x\u202e"` },
  });
  const lines = [explained("a\n"), explained(""), { type: "end", state: "succeeded" }];
  const { code, stdout } = await runScripted(jobsCommand, ["results", "000000000001"], () => lines);
  assert.equal(code, 0);
  assert.match(stdout, /^a\\n: would be copied: /);
  assert.match(stdout, /^\.\/: would be copied: /m);
  assert(!stdout.includes("\u202e"), stdout);
});

Deno.test("jobs refuses places and jobs that mean nothing, before it asks anybody", async () => {
  for (
    const line of [
      ["run", "hash", "nas"],
      ["run", "hash", "nas:d"],
      ["run", "hash", ":/d"],
      ["run", "hash", "a:/d", "b:/d"],
      ["run", "verify", "a:/d"],
      ["run", "copy", "a:/d"],
      ["run", "hash"],
      ["run", "hash", "a:/d", "--priority=5000"],
      ["list", "--state=done"],
      ["resluts", "x"],
    ]
  ) {
    const run = runScripted(jobsCommand, line, () => assert.fail("asked"));
    await assert.rejects(run, (error) => error instanceof OrbitError && error.code === "invalid");
  }
});

Deno.test("audit verify ends with 23 when the log isn't what was written", async () => {
  const broken = await runScripted(auditCommand, ["verify"], () => ({
    ...{ ok: false, brokenAt: 7, reason: "record 7 is missing" },
  }));
  assert.deepEqual([broken.code, broken.stdout], [23, "broken at record 7: record 7 is missing\n"]);
  const head = { seq: 2, hash: "ab".repeat(32) };
  const known = `--known=2:${head.hash}`;
  const whole = await runScripted(auditCommand, ["verify", known], () => ({
    ...{ ok: true, records: 2, head },
  }));
  assert.equal(whole.code, 0);
  assert.deepEqual(whole.asked, [`GET /audit/verify?seq=2&hash=${head.hash}`]);
});
