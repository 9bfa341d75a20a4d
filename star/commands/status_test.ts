import assert from "node:assert/strict";
import { createStarId } from "#core/identity/names.ts";
import { FakeHost } from "#core/program/fake_host.ts";
import { runProgram } from "#core/program/run_program.ts";
import { lockFolder } from "../lock.ts";
import { orbitStar } from "../registry.ts";
import { formatIdentity } from "../state.ts";
import { formatStatus, type StarStatus } from "../status.ts";

const starId = createStarId();
const nowMs = new FakeHost().nowMs;

const status: StarStatus = {
  schema: "orbit.star-status/1",
  ...{ version: "0.1.0", pid: 1, startedAtMs: nowMs - 90_000, updatedAtMs: nowMs - 5000 },
  ...{ starId, name: "nas", constellation: "home", nucleus: "hub:50050", nucleusVersion: "0.1.0" },
  ...{ link: "connected", linkSinceMs: nowMs - 61_000, standing: "active" },
  roots: [
    { path: "/mnt/\udc80", read: true, write: false, freeBytes: 2 ** 30, totalBytes: 2 ** 31 },
    { path: "/in", read: false, write: true },
  ],
  walls: {
    ...{ app: "openat2", runtime: true, kernel: null },
    whyNot: { kernel: "this kernel has no Landlock" },
  },
  certificateExpiresAtMs: nowMs + 3_600_000,
  ...{ activeCalls: 2, clockSkewMs: -30_000 },
  lastError: { message: "gone\u001b[2J", atMs: nowMs - 3000 },
};

/** Runs the command on a state folder that holds the given status. */
async function run(
  { joined = true, running = true, ...kept }: Partial<StarStatus> & {
    joined?: boolean;
    running?: boolean;
  },
  ...args: string[]
) {
  const folder = Deno.makeTempDirSync();
  const nucleus = { host: "hub", port: 50050 };
  const identity = { starId, name: "nas", constellation: "home", nucleus, roots: [] };
  try {
    if (joined) {
      const text = formatIdentity({ ...identity, joinedAtMs: nowMs });
      Deno.writeTextFileSync(`${folder}/identity.json`, text);
      Deno.writeFileSync(`${folder}/status.json`, formatStatus({ ...status, ...kept }));
    }
    using _lock = running ? lockFolder(folder) : undefined;
    const host = new FakeHost();
    const code = await runProgram(orbitStar, ["status", `--state=${folder}`, ...args], host);
    return { code, out: host.stdout.text, err: host.stderr.text };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("status tells people how a connected Star is", async () => {
  const { code, out } = await run({});
  assert.equal(code, 0);
  assert.deepEqual(out.split("\n"), [
    "star         nas (constellation home)",
    `id           ${starId}`,
    "nucleus      hub:50050",
    "state        connected for 1 min 1 s, active",
    "calls        2 at work",
    "root         /mnt/\\x80 (read; 1.00 GiB of 2.00 GiB free)",
    "root         /in (write; space unknown)",
    "app wall     openat2",
    "runtime wall worker permissions",
    "kernel wall  none (this kernel has no Landlock)",
    `certificate  good until ${
      new Date(nowMs + 3_600_000).toISOString().slice(0, 19)
    }Z (1 h 0 min)`,
    "version      0.1.0",
    "clock        30 s ahead of the Nucleus",
    "last error   gone\\x1b[2J (3 s ago)",
    "",
  ]);
});

Deno.test("status tells of transfers that go on without the Nucleus", async () => {
  const { out } = await run({ link: "waiting", transfersAlone: 2 });
  assert.match(out, /^transfers {4}2 go on without the Nucleus$/m);
});

const STATES: [Parameters<typeof run>[0], code: number, line: RegExp][] = [
  [{ running: false }, 11, /^state +not running$/m],
  [{ link: "waiting" }, 11, /^state +not connected for 1 min 1 s; it tries again$/m],
  [{ link: "connecting" }, 11, /^state +connecting for/m],
  [{ link: "ended" }, 11, /^state +stopping$/m],
  [{ standing: "pending" }, 0, /somebody has to approve it \(orbit-nucleus star approve nas\)/],
  [{ certificateExpiresAtMs: nowMs - 1000 }, 0, /^certificate +expired at .*; join again$/m],
];
for (const [kept, code, line] of STATES) {
  Deno.test(`status of ${JSON.stringify(kept)} ends with ${code}`, async () => {
    const result = await run(kept);
    assert.equal(result.code, code);
    assert.match(result.out, line);
  });
}

Deno.test("status tells programs the same, whether or not it runs", async () => {
  const up = JSON.parse((await run({}, "--json")).out);
  assert.deepEqual([up.running, up.connected, up.standing], [true, true, "active"]);
  assert.equal(up.roots[0].path, "/mnt/\udc80");
  const down = JSON.parse((await run({ running: false }, "--json")).out);
  assert.deepEqual([down.running, down.connected], [false, false]);
});

Deno.test("status says that this machine hasn't joined", async () => {
  const { code, err } = await run({ joined: false, running: false });
  assert.equal(code, 3);
  assert.match(err, /hasn't joined a grid; run orbit-star join first/);
});
