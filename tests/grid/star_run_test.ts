/** A Star as a process: connected, behind its walls, through the bad days of its Nucleus. */
import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { landlockAbi, openLibc } from "#core/posix/mod.ts";
import { openRemoteSystem } from "#core/remote/mod.ts";
import { createTestContent } from "#core/system/parcel/test_content.ts";
import { copyOf, how } from "#core/system/system_conformance_bed.ts";
import { Standing } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import { type FakeLink, FakeNucleus } from "../../star/testing/fake_nucleus.ts";
import { makeStarBed, type StarBed } from "./star_process.ts";

const libc = openLibc();
const hasLandlock = "libc" in libc && landlockAbi(libc.libc) > 0;

interface Bed {
  bed: StarBed;
  nucleus: FakeNucleus;
}

function test(name: string, run: (bed: Bed) => Promise<void>) {
  Deno.test({
    name,
    // The C library, once loaded, stays; so does what closed connections leave behind.
    ...{ sanitizeOps: false, sanitizeResources: false },
    async fn() {
      using bed = makeStarBed();
      await using nucleus = await FakeNucleus.open();
      await run({ bed, nucleus });
    },
  });
}

function systemOf({ caller }: FakeLink) {
  return openRemoteSystem({ caller, name: "star" });
}

/** How a call was refused. */
function refusalOf(call: Promise<unknown>): Promise<string> {
  return call.then(() => "done", (error) => error instanceof OrbitError ? error.code : `${error}`);
}

/** The `NoNewPrivs` of every thread of a process, by the thread's name. */
function privilegesOf(pid: number): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    const status = Deno.readTextFileSync(`/proc/${pid}/task/${name}/status`);
    const thread = /^Name:\t(.*)$/m.exec(status)![1].replace(/-\d+$/, "");
    const value = /^NoNewPrivs:\t(\d)$/m.exec(status)![1];
    found.set(thread, [...found.get(thread) ?? [], value]);
  }
  return found;
}

test("a Star joins, runs, beats, serves its files, and ends with 0", async ({ bed, nucleus }) => {
  await bed.join(nucleus);
  await using star = bed.startRun();
  const link = await nucleus.link(1);
  const { hello } = link;
  assert.deepEqual(hello.roots.map(({ path }) => new TextDecoder().decode(path)), [bed.data]);
  assert.deepEqual([hello.walls?.app, hello.walls?.runtime], ["openat2", true]);
  assert.equal(hello.walls!.kernel.startsWith("landlock"), hasLandlock);
  assert.ok(hello.heartbeat!.memoryTotalBytes > 0n && hello.heartbeat!.residentBytes > 0n);
  assert.ok(hello.heartbeat!.disks[0].totalBytes > 0n);
  await using system = systemOf(link);
  const names = (await system.scanDirectory(bed.data)).map(({ path }) => path);
  assert.deepEqual(names, ["file", "link"]);
  assert.equal((await system.calculateHash(`${bed.data}/file`, 0, 0)).length, 32);
  await nucleus.until(() => link.heartbeats.length >= 1);

  const second = await bed.startRun().result;
  assert.equal(second.code, 3, second.stderr);
  assert.match(second.stderr, /another orbit-star runs on it/);

  const up = await bed.status();
  assert.equal(up.code, 0, up.stdout);
  const told = JSON.parse(up.stdout);
  assert.deepEqual([told.connected, told.standing, told.roots[0].path], [true, "active", bed.data]);
  star.kill("SIGTERM");
  const { code, stderr } = await star.result;
  assert.equal(code, 0, stderr);
  assert.equal((await bed.status()).code, 11);
});

test("a Star's process reaches nothing but its roots", async ({ bed, nucleus }) => {
  await bed.join(nucleus);
  await using star = bed.startRun();
  await using system = systemOf(await nucleus.link(1));
  const { data, outside, state } = bed;
  const outsiders = [
    ...["/etc/passwd", "/etc/none", "/proc/self/environ", "/", `${outside}/secret`],
    ...[`${state}/credentials.json`, `${data}/../outside/secret`, `${data}/link`],
  ];
  for (const path of outsiders) {
    for (
      const [name, call] of Object.entries({
        header: () => system.readHeader(path, 16),
        hash: () => system.calculateHash(path, 0, 0),
        scan: () => system.scanDirectory(path),
        inspect: () => system.inspect(path),
        stream: () => Array.fromAsync(system.openStream(path)),
        chunk: () => Array.fromAsync(system.chunkFile(path)),
      })
    ) {
      assert.match(await refusalOf(call()), /^(denied|invalid|conflict)$/, `${name} ${path}`);
    }
  }
  // What is refused reads the same whether or not it is there.
  const textOf = (path: string) =>
    system.readHeader(path, 1).then(() => "done", ({ message }) => message.replace(path, "PATH"));
  assert.equal(await textOf("/etc/passwd"), await textOf("/etc/none"));
  if (!hasLandlock) return;
  // Keeper, file workers and the worker for the state each gave their privileges up.
  const workers = privilegesOf(star.pid).get("worker") ?? [];
  assert.ok(workers.length >= 3 && workers.every((value) => value === "1"), `${workers}`);
});

test("a Star starts workers when it has work, though it gave its rights up", async ({ bed, nucleus }) => {
  await bed.join(nucleus);
  await using star = bed.startRun();
  await using system = systemOf(await nucleus.link(1));
  const workers = () => privilegesOf(star.pid).get("worker") ?? [];
  const atFirst = workers().length;
  while (workers().length === atFirst) {
    const asked = Array.from({ length: 32 }, () => system.readHeader(`${bed.data}/file`, 7));
    await Promise.all(asked);
  }
  await system.calculateHash(`${bed.data}/file`, 0, 0);
  assert.equal(await refusalOf(system.readHeader("/etc/passwd", 1)), "denied");
});

test("a Star narrows by direction, and is bound by its token", async ({ bed, nucleus }) => {
  nucleus.behaviour.roots = [bed.data];
  await bed.join(nucleus);
  const { state, data, outside } = bed;
  const refused = await bed.run(["run", `--state=${state}`, `--allow=${outside}`]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /the join token was for/);
  await using _star = bed.start(["run", `--state=${state}`, `--allow-read=${data}`]);
  const link = await nucleus.link(1);
  const [root] = link.hello.roots;
  assert.deepEqual([root.read, root.write], [true, false]);
  await using system = systemOf(link);
  const content = createTestContent({ new: new Uint8Array(3) });
  const copies = { sources: ["/"], base: data, actions: [copyOf("new", 3)], options: how() };
  const [written] = await system.receive(copies, content);
  assert.equal(written.error?.code, "denied");
  const removal = { kind: "delete", path: "file", directory: false } as const;
  const [removed] = await system.perform(data, [removal], how());
  assert.equal(removed.error?.code, "denied");
  assert.equal((await system.scanDirectory(data)).length, 2);
});

test("a Star refuses to run where it can't be safe or of use", async ({ bed, nucleus }) => {
  const { state, path } = bed;
  const stranger = await bed.startRun().result;
  assert.equal(stranger.code, 3);
  assert.match(stranger.stderr, /run orbit-star join first/);
  await bed.join(nucleus);
  const cases: [args: string[], says: RegExp][] = [
    [[], /--allow=DIR.*star\.toml/],
    [[`--allow=${path}`], /the grid would reach the Star's key/],
    [[`--allow=${path}/none`], /doesn't exist/],
    [["--allow=/"], /whole file system/],
    [[`--allow=${bed.data}`, "--advertise=nas.lan"], /none to listen on/],
    [[`--allow=${bed.data}`, `--config=${bed.outside}/bad.toml`], /bad\.toml.*2/],
  ];
  Deno.writeTextFileSync(`${bed.outside}/bad.toml`, "[security]\nallowed = 1\n");
  for (const [args, says] of cases) {
    const { code, stderr } = await bed.run(["run", `--state=${state}`, ...args]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, says);
  }
  assert.deepEqual(nucleus.links, []);
});

test("a Star waits for a Nucleus that is away, and ends when it is revoked", async ({ bed, nucleus }) => {
  await bed.join(nucleus);
  await using star = bed.startRun();
  await nucleus.link(1);
  await nucleus.stop();
  await star.waitFor(/no link to the Nucleus/, "stderr");
  await nucleus.start();
  const link = await nucleus.link(2);
  await using system = systemOf(link);
  assert.equal((await system.scanDirectory(bed.data)).length, 2);
  link.say({ case: "standing", value: { standing: Standing.REVOKED } });
  const { code, stderr } = await star.result;
  assert.equal(code, 5, stderr);
  assert.match(stderr, /isn't part of the grid: the Nucleus has revoked it/);
  const { lastError } = JSON.parse((await bed.status()).stdout);
  assert.match(lastError.message, /revoked/);
});

test("a Star renews its certificate, and survives kill -9 at any time", async ({ bed, nucleus }) => {
  nucleus.behaviour.certificateMs = 15_000;
  await bed.join(nucleus);
  // The next one is to outlive the Star's restart, however slow the machine is.
  nucleus.behaviour.certificateMs = 24 * 3600_000;
  const file = `${bed.state}/credentials.json`;
  const joined = Deno.readTextFileSync(file);
  {
    await using _star = bed.startRun();
    const first = await nucleus.link(1), second = await nucleus.link(2);
    assert.notEqual(first.serial, second.serial);
    assert.equal(first.starId, second.starId);
    await using system = systemOf(second);
    assert.equal((await system.scanDirectory(bed.data)).length, 2);
    // Disposal kills it.
  }
  const renewed = Deno.readTextFileSync(file);
  assert.notEqual(renewed, joined);
  assert.equal(Deno.statSync(file).mode! & 0o777, 0o600);
  await using _again = bed.startRun();
  const third = await nucleus.link(3);
  assert.equal(third.starId, nucleus.links[0].starId);
});
