/** The self-extracting `orbit`, as a user starts it who has no Deno. */
import assert from "node:assert/strict";
import { makeTempDirectory } from "../support/temp.ts";
import { namesIn, PackedOrbit, unpackedFolder } from "./bed.ts";

const isRoot = Deno.uid() === 0;
const ANOTHER_USER = 65_534;

Deno.test("a self-extracting orbit", async (t) => {
  using packed = await PackedOrbit.make();
  const home = packed.newFolder();

  await t.step("is complete after several first starts at once", async () => {
    const starts = Array.from({ length: 8 }, () => packed.run(["--version"], { home }));
    for (const { code, stdout, stderr } of await Promise.all(starts)) {
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, /^orbit \d+\.\d+\.\d+\n$/);
    }
    assert.deepEqual(namesIn(`${home}/.cache/orbit`), ["deno", "program", "runtime"]);
    assert.deepEqual(namesIn(unpackedFolder(home, "runtime")), ["orbit-runtime"]);
    assert.equal(Deno.statSync(`${home}/.cache/orbit`).mode! & 0o7777, 0o700);
  });

  await t.step("has the native hash and the C library", async () => {
    const { stdout } = await packed.run(["doctor"], { home });
    assert.match(stdout, /^ok +hash +BLAKE3 by the native addon$/m);
    assert.match(stdout, /^ok +libc layer /m);
  });

  await t.step("syncs a tree", async () => {
    const folder = packed.newFolder();
    Deno.mkdirSync(`${folder}/from/deep`, { recursive: true });
    Deno.writeTextFileSync(`${folder}/from/deep/a file`, "content");
    const { code, stderr } = await packed.run(["sync", `${folder}/from/`, `${folder}/to`], {
      home,
    });
    assert.equal(code, 0, stderr);
    assert.equal(Deno.readTextFileSync(`${folder}/to/deep/a file`), "content");
  });

  await t.step("passes standard input on", async () => {
    const { stdout } = await packed.run(["hash"], { home, input: "abc" });
    assert.match(stdout, /^6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85 /);
  });

  await t.step("passes arguments and exit status on as they are", async () => {
    const { code, stderr } = await packed.run(["a 'b' $c", "", "*"], { home });
    assert.equal(code, 1);
    assert.match(stderr, /^orbit: "a 'b' \$c": no such command\n/);
  });

  await t.step("is one process, which gets the signals", () => isOneProcess(packed, home));

  await t.step("unpacks again what was changed", async () => {
    const program = unpackedFolder(home, "program");
    const before = Deno.readTextFileSync(`${program}/cli/main.js`);
    Deno.chmodSync(`${program}/cli/main.js`, 0o600);
    Deno.writeTextFileSync(
      `${program}/cli/main.js`,
      "console.log('planted');".padEnd(before.length),
    );
    Deno.chmodSync(`${program}/cli/main.js`, 0o400);
    const runtime = `${unpackedFolder(home, "runtime")}/orbit-runtime`;
    const { size } = Deno.statSync(runtime);
    Deno.chmodSync(runtime, 0o700);
    Deno.truncateSync(runtime, 1000);
    const { code, stdout } = await packed.run(["--version"], { home });
    assert.equal(code, 0);
    assert.match(stdout, /^orbit /);
    assert.equal(Deno.readTextFileSync(`${program}/cli/main.js`), before);
    assert.equal(Deno.statSync(runtime).size, size);
    assert.deepEqual(namesIn(`${home}/.cache/orbit`), ["deno", "program", "runtime"]);
  });

  await t.step("unpacks again a file that became a link", async () => {
    const main = `${unpackedFolder(home, "program")}/cli/main.js`;
    const planted = `${packed.newFolder()}/main.js`;
    Deno.writeTextFileSync(planted, "console.log('planted');");
    Deno.removeSync(main);
    Deno.symlinkSync(planted, main);
    assert.match((await packed.run(["--version"], { home })).stdout, /^orbit /);
    assert.equal(Deno.lstatSync(main).isFile, true);
  });

  await t.step("refuses a cache that is open to others, and says so", async () => {
    Deno.chmodSync(`${home}/.cache/orbit`, 0o770);
    const { code, stderr } = await packed.run(["--version"], { home });
    Deno.chmodSync(`${home}/.cache/orbit`, 0o700);
    assert.equal(code, 126);
    assert.match(stderr, /\.cache\/orbit: is open to other users/);
  });

  await t.step({
    name: "refuses what another user made or may change",
    ignore: !isRoot, // only root may give files away
    fn: () => refusesForeign(packed, home),
  });

  await t.step("goes to the temporary folder when the home can't be used", async () => {
    const spare = packed.newFolder();
    const options = { home: "/proc/nobody", spare };
    assert.match((await packed.run(["--version"], options)).stdout, /^orbit /);
    assert.deepEqual(namesIn(spare), [`orbit-${Deno.uid()}`]);
    // The second time it is found there.
    assert.match((await packed.run(["--version"], options)).stdout, /^orbit /);
  });

  await t.step("says where it couldn't unpack", async () => {
    const { code, stdout, stderr } = await packed.run(["--version"], { home: "/proc/nobody" });
    assert.deepEqual([code, stdout], [126, ""]);
    assert.match(stderr, /^orbit: find a folder to unpack the program into: none will do\n/);
    assert.match(stderr, /^ {2}\/proc\/nobody\/\.cache\/orbit: .*mkdir/m);
    assert.match(stderr, /^orbit: set XDG_CACHE_HOME /m);
  });

  await t.step("unpacks into XDG_CACHE_HOME", async () => {
    const cacheHome = `${packed.newFolder()}/a folder, with 'quotes' and $signs`;
    const result = await packed.run(["doctor"], { home, cacheHome });
    assert.match(result.stdout, /BLAKE3 by the native addon/, result.stderr);
    assert.deepEqual(namesIn(`${cacheHome}/orbit`), ["deno", "program", "runtime"]);
  });

  await t.step("refuses to unpack a damaged executable", async () => {
    const fresh = packed.newFolder();
    const executable = `${fresh}/orbit`;
    Deno.copyFileSync(packed.executable, executable);
    Deno.truncateSync(executable, Deno.statSync(executable).size - 1);
    const { code, stderr } = await packed.run(["--version"], { home: fresh, executable });
    assert.equal(code, 126);
    assert.match(stderr, /orbit" is damaged: get it again/);
    assert.deepEqual(namesIn(`${fresh}/.cache/orbit`), ["runtime"]);
  });

  await t.step("keeps to the permissions that were baked in", () => keepsToFlags(packed, home));
});

/** Reads standard input without end; the process that was started is the one that answers. */
async function isOneProcess(packed: PackedOrbit, home: string): Promise<void> {
  const folder = packed.newFolder();
  Deno.mkdirSync(`${folder}/from`);
  for (let i = 0; i < 500; i++) Deno.writeTextFileSync(`${folder}/from/${i}`, "x".repeat(4096));
  const args = ["sync", "-v", "--bwlimit=1M", `${folder}/from/`, `${folder}/to`];
  const child = packed.command(args, { home }).spawn();
  const stderr = new Response(child.stderr).text();
  const reader = child.stdout.getReader();
  await reader.read(); // the first file's name: the run is under way
  assert.match(Deno.readTextFileSync(`/proc/${child.pid}/cmdline`), /^[^\0]*orbit-runtime\0run\0/);
  child.kill("SIGINT");
  while (!(await reader.read()).done);
  assert.equal((await child.status).code, 20);
  assert.match(await stderr, /^orbit: interrupted/m);
}

async function refusesForeign(packed: PackedOrbit, home: string): Promise<void> {
  const cache = `${home}/.cache/orbit`;
  Deno.chownSync(cache, ANOTHER_USER, null);
  const owned = await packed.run(["--version"], { home });
  Deno.chownSync(cache, 0, null);
  assert.equal(owned.code, 126);
  assert.match(owned.stderr, /\.cache\/orbit: belongs to another user/);

  Deno.chownSync(`${home}/.cache`, ANOTHER_USER, null);
  const below = await packed.run(["--version"], { home });
  Deno.chownSync(`${home}/.cache`, 0, null);
  assert.equal(below.code, 126);
  assert.match(below.stderr, /lies below .*\/\.cache, which belongs to another user/);

  const theirs = packed.newFolder();
  Deno.chownSync(theirs, ANOTHER_USER, null);
  const made = await packed.run(["--version"], { home: theirs });
  assert.equal(made.code, 126);
  assert.deepEqual(namesIn(theirs), []);

  const main = `${unpackedFolder(home, "program")}/cli/main.js`;
  Deno.chownSync(main, ANOTHER_USER, null);
  assert.equal((await packed.run(["--version"], { home })).code, 0);
  assert.equal(Deno.statSync(main).uid, 0);
}

async function keepsToFlags(packed: PackedOrbit, home: string): Promise<void> {
  using open = makeTempDirectory();
  Deno.writeTextFileSync(`${open.path}/yes`, "abc");
  Deno.writeTextFileSync(`${home}/no`, "abc");
  const executable = `${packed.newFolder()}/orbit`;
  const list = [open.path];
  await packed.write(executable, [{ rule: "allow", name: "read", list }]);
  const options = { home, executable };
  assert.match((await packed.run(["hash", `${open.path}/yes`], options)).stdout, /^6437b3ac/);
  const refused = await packed.run(["hash", `${home}/no`], options);
  assert.notEqual(refused.code, 0);
  assert.equal(refused.stdout, "");
  const doctor = await packed.run(["doctor"], options);
  assert.match(doctor.stdout, /BLAKE3 by the native addon/);
}
