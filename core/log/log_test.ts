import assert from "node:assert/strict";
import { ManualClock } from "../clock.ts";
import { OrbitError } from "../errors.ts";
import { Secret } from "../identity/mod.ts";
import { createLogger, isSecretName, type LoggerOptions, MemorySink } from "./mod.ts";

function bed(options: LoggerOptions = {}) {
  const sink = new MemorySink(), clock = new ManualClock();
  return { sink, clock, log: createLogger({ sink, clock, ...options }) };
}

const START = "2030-01-01T00:00:00.000Z";

Deno.test("createLogger writes time, level, message and fields for people", () => {
  const { sink, log } = bed({ level: "debug" });
  log.info("Star joined", { star: "s1", roots: 2, pending: true, name: "", note: 'a "b" c' });
  log.with({ job: "j1" }).error("scan failed", {
    error: new OrbitError("denied", 'open "/a\\\\b": no'),
    cause: { code: "denied", message: "no", detail: { path: "/a" } },
    left_out: undefined,
  });
  log.debug("odd", { list: [1, "x"], nothing: null, big: 2n ** 70n, nan: NaN });
  assert.deepEqual(sink.lines, [
    `${START} info  Star joined star=s1 roots=2 pending=true name="" note="a \\"b\\" c"`,
    `${START} error scan failed job=j1 error="denied: open \\"/a\\\\b\\": no" cause="denied: no"`,
    `${START} debug odd list="1, x" nothing=null big=1180591620717411303424 nan=NaN`,
  ]);
});

Deno.test("createLogger writes one JSON object a line", () => {
  const { sink, log } = bed({ format: "json" });
  log.warn("line one\nline two", {
    path: "/mnt/\u202etxt\u009b\udcff",
    level: "mine",
    error: new OrbitError("corrupt", "bad"),
    other: new TypeError("no"),
    bytes: new Uint8Array(5),
  });
  assert.equal(sink.lines[0].includes("\n"), false);
  assert(!/[\x7f-\x9f\u202e]/.test(sink.lines[0]), sink.lines[0]);
  assert.deepEqual(JSON.parse(sink.lines[0]), {
    time: START,
    level: "warn",
    message: "line one\nline two",
    path: "/mnt/\u202etxt\u009b\udcff",
    level_: "mine",
    error: { code: "corrupt", message: "bad" },
    other: "TypeError: no",
    bytes: "[5 bytes]",
  });
});

Deno.test("createLogger writes nothing below its level", () => {
  const { sink, log } = bed({ level: "warn" });
  log.debug("a");
  log.info("b");
  log.warn("c");
  assert.equal(sink.lines.length, 1);
  assert.deepEqual((["debug", "info", "warn", "error"] as const).map(log.enabled, log), [
    false,
    false,
    true,
    true,
  ]);
});

Deno.test("createLogger lets no name forge a line or reach the terminal", () => {
  const { sink, log } = bed();
  log.info("x\n2030 error forged\x1b[2J", { "a b\n": "c\r\nd\x1b]0;\x07\u202e\udc80" });
  assert.equal(
    sink.lines[0],
    `${START} info  x\\n2030 error forged\\x1b[2J a b\\n=c\\r\\nd\\x1b]0;\\x07\\u{202e}\\x80`,
  );
});

Deno.test("createLogger prints no secret, however deep or wrapped", () => {
  const canary = "c4n4ry";
  const secret = new Secret(canary);
  for (const format of ["text", "json"] as const) {
    const { sink, log } = bed({ format });
    log.with({ authorization: `Bearer ${canary}` }).info("hello", {
      token: canary,
      starToken: canary,
      ORBIT_AUTH_SECRET: canary,
      "x-orbit-session": canary,
      wrapped: secret,
      headers: { Cookie: canary, nested: { password: canary, list: [{ api_key: canary }] } },
      map: { adminPassword: [canary] },
      fine: "seen",
    });
    assert(!sink.lines[0].includes(canary), sink.lines[0]);
    assert(sink.lines[0].includes("seen"));
    assert(sink.lines[0].split("[secret]").length > 7, sink.lines[0]);
  }
});

Deno.test("isSecretName tells a secret from what only names it", () => {
  const secret = ["token", "join_token", "tokens", "jwt", "grant", "session-id", "privateKey"];
  for (const name of [...secret, "keyPem", "password_hash", "Set-Cookie", "credentials"]) {
    assert(isSecretName(name), name);
  }
  for (const name of ["token_id", "key", "path", "grants_used", "sessions_open", "secretary"]) {
    assert(!isSecretName(name), name);
  }
});

Deno.test("createLogger keeps every line within its bound", () => {
  const long = "x".repeat(1 << 20);
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  const deep = Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => [`k${i}`, { [long]: long }]),
  );
  const hostile = [
    { value: long },
    Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, i])),
    Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, "\x01".repeat(900)])),
    { [long]: 1 },
    { list: Array(100_000).fill("y") },
    { cyclic, deep },
    { symbol: Symbol("s"), call: () => 1 },
  ];
  for (const format of ["text", "json"] as const) {
    for (const fields of hostile) {
      const { sink, log } = bed({ format });
      log.info("\x01".repeat(5000), fields);
      assert.equal(sink.lines.length, 1);
      assert(sink.lines[0].length <= 8192, `${sink.lines[0].length}`);
      if (format === "json") assert.equal(JSON.parse(sink.lines[0]).level, "info");
    }
  }
});

Deno.test("createLogger says that fields are left out", () => {
  const fields = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`field${i}`, i]));
  for (const [format, sign] of [["text", / …$/], ["json", /,"truncated":true}$/]] as const) {
    const { sink, log } = bed({ format });
    log.info("many", fields);
    assert.match(sink.lines[0], sign);
  }
});

Deno.test("createLogger doesn't throw when a field does", () => {
  const { sink, log } = bed();
  const throws = () => {
    throw new Error("no");
  };
  log.info("one", { value: { toJSON: throws } });
  log.info("two", Object.defineProperty({}, "x", { enumerable: true, get: throws }));
  assert.deepEqual(sink.lines, [
    `${START} info  one value=[unreadable]`,
    `${START} info  two fields=[unreadable]`,
  ]);
});

Deno.test("createLogger holds repeated lines back and says how many", async () => {
  const { sink, log, clock } = bed();
  for (let i = 0; i < 1000; i++) log.warn("connection refused", { i });
  log.info("other");
  assert.equal(sink.lines.length, 11);
  await clock.advance(9_999);
  log.warn("connection refused");
  assert.equal(sink.lines.length, 11);
  await clock.advance(1);
  log.info("later");
  assert.deepEqual(sink.lines.slice(11), [
    "2030-01-01T00:00:10.000Z warn  connection refused held_back=991",
    "2030-01-01T00:00:10.000Z info  later",
  ]);
  for (let i = 0; i < 12; i++) log.warn("connection refused");
  log.flush();
  assert.match(sink.lines.at(-1)!, /connection refused held_back=2$/);
});

Deno.test("createLogger remembers a bounded number of messages", () => {
  const { sink, log } = bed();
  for (let i = 0; i < 12; i++) log.info("first");
  for (let i = 0; i < 300; i++) log.info(`message ${i}`);
  assert.equal(sink.lines.filter((line) => line.endsWith("first held_back=2")).length, 1);
  assert.equal(sink.lines.length, 10 + 1 + 300);
});

Deno.test("standardErrorSink writes whole lines, and survives a closed reader", async () => {
  const module = new URL("mod.ts", import.meta.url).href;
  const program = `import { createLogger } from "${module}";
    const log = createLogger();
    for (let i = 0; i < 2000; i++) log.info("line " + i);
    console.log("alive");`;
  const command = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", program],
    stdout: "piped",
    stderr: "piped",
  });
  const { stdout, stderr } = await command.output();
  const lines = new TextDecoder().decode(stderr).trimEnd().split("\n");
  assert.equal(lines.length, 2000);
  assert(lines.every((line, i) => line.endsWith(` info  line ${i}`)));
  assert.equal(new TextDecoder().decode(stdout), "alive\n");
  const child = command.spawn();
  await child.stderr.cancel();
  assert.equal(await new Response(child.stdout).text(), "alive\n");
  assert((await child.status).success);
});
