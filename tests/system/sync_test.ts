/** What `orbit sync` promises beyond rsync, and how it ends, with real processes. */
import assert from "node:assert/strict";
import { hasCommand } from "../../tools/peers.ts";
import { mountTmpfs } from "../support/mount.ts";
import { runOrbit, startOrbit } from "../support/run.ts";
import { runScript } from "../support/shell.ts";
import { orbitSync, scriptedPair } from "./pair.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("sync --link-dest shares the inode of an equal file and copies the others", async () => {
  using pair = scriptedPair([
    "mkdir earlier",
    "echo same > source/same; cp -a source/same earlier; echo 1 > source/new; echo 22 > earlier/new",
  ]);
  const { code } = await orbitSync(pair, ["--link-dest=../earlier", "source/", "mine/"]);
  assert.equal(code, 0);
  const inode = (path: string) => Deno.statSync(`${pair.root}/${path}`).ino;
  assert.equal(inode("mine/same"), inode("earlier/same"));
  assert.notEqual(inode("mine/new"), inode("earlier/new"));
  assert.equal(Deno.readTextFileSync(`${pair.root}/earlier/new`), "22\n");
});

Deno.test("sync --link-dest says in a dry run what it then does for a destination that is new", async () => {
  using pair = scriptedPair(["mkdir earlier", "echo a > source/a; cp -a source/a earlier"]);
  const args = ["-i", "--link-dest=../earlier", "--link-dest=../missing", "source/", "new"];
  const dry = await orbitSync(pair, ["-n", ...args]);
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stderr, /^orbit: --link-dest: "[^"]*\/missing" doesn't exist/m);
  assert.match(dry.stdout, /^hf\+{9} a => \S*\/earlier\/a$/m);
  const lines = (stdout: string) => stdout.split("\n").sort();
  assert.deepEqual(lines((await orbitSync(pair, args)).stdout), lines(dry.stdout));
});

Deno.test("sync says in its last event what it could not find", async () => {
  using pair = scriptedPair(["echo a > source/a"]);
  for (const options of [["-n"], []]) {
    const args = ["--json", ...options, "source/a", "missing", "mine/"];
    const { code, stdout } = await orbitSync(pair, args);
    assert.equal(code, 23);
    const { report } = JSON.parse(stdout.trim().split("\n").at(-1)!);
    assert.deepEqual([report.outcome, report.totals.failed], ["partial", 1]);
    assert.match(report.troubles[0].path, /\/missing$/);
  }
});

Deno.test("sync says what to do about a directory in a file's place, and how much --max-delete leaves", async () => {
  using pair = scriptedPair(["echo a > source/a; mkdir mine/a; touch mine/a/b mine/c mine/d"]);
  const replaced = await orbitSync(pair, ["source/", "mine/"]);
  assert.equal(replaced.code, 23);
  assert.match(
    replaced.stderr,
    /^orbit: replace directory "a": it isn't empty \(--delete empties/m,
  );
  const limited = await orbitSync(pair, ["--delete", "--max-delete=1", "source/", "mine/"]);
  assert.match(limited.stderr, /^orbit: only 1 of 3 entries may be deleted \(--max-delete\)$/m);
});

Deno.test("sync --backup-dir keeps backups beside the destination", async () => {
  using pair = scriptedPair([
    "mkdir source/d mine/d; echo new > source/d/a; echo older > mine/d/a; echo gone > mine/d/b",
  ]);
  const args = ["-i", "--delete", "--max-delete=9", "--backup-dir=../kept", "source/", "mine/"];
  const dry = await orbitSync(pair, ["-n", ...args]);
  const { code, stdout, stderr } = await orbitSync(pair, args);
  assert.equal(code, 0, stderr);
  assert.deepEqual([dry.code, dry.stderr], [0, ""]);
  assert.deepEqual(dry.stdout.split("\n").sort(), stdout.split("\n").sort());
  assert.equal(Deno.readTextFileSync(`${pair.root}/kept/d/a`), "older\n");
  assert.equal(Deno.readTextFileSync(`${pair.root}/kept/d/b`), "gone\n");
  assert.deepEqual([...Deno.readDirSync(`${pair.mine}/d`)].map(({ name }) => name), ["a"]);
});

Deno.test("sync --inplace changes no file through another name of it", async () => {
  for (const options of [["--inplace"], ["-H", "--inplace"]]) {
    using pair = scriptedPair([
      "echo 1 > source/a; echo 22 > source/b; echo 4444 > source/c; ln source/c source/d",
      "echo old > mine/a; for name in b c d kept; do ln mine/a mine/$name; done",
    ]);
    assert.equal((await orbitSync(pair, [...options, "source/", "mine/"])).code, 0);
    const contents = ["a", "b", "c", "d", "kept"].map((name) =>
      Deno.readTextFileSync(`${pair.mine}/${name}`).trim()
    );
    assert.deepEqual(contents, ["1", "22", "4444", "4444", "old"]);
  }
});

Deno.test("sync --delete stops at half of the destination, or at the percentage given", async () => {
  const script = ["echo a > source/a; cp -a source/a mine", "touch mine/b mine/c"];
  for (
    const [option, code, left] of [["", 25, 3], ["--max-delete=66%", 25, 3], [
      "--max-delete=67%",
      0,
      1,
    ]] as const
  ) {
    using pair = scriptedPair(script);
    const options = ["--delete", option].filter((word) => word !== "");
    const result = await orbitSync(pair, [...options, "source/", "mine/"]);
    assert.equal(result.code, code, result.stderr);
    assert.equal([...Deno.readDirSync(pair.mine)].length, left);
  }
});

Deno.test("sync -x lists a mount point and stays out of it", async (t) => {
  using pair = scriptedPair(["mkdir source/here; echo a > source/here/a"]);
  using mounted = mountTmpfs({ sizeBytes: 65_536 });
  await t.step({
    name: "with a file system of its own in the source",
    ignore: mounted === null, // only root may mount
    async fn() {
      Deno.writeTextFileSync(`${mounted!.path}/inside`, "inside");
      Deno.mkdirSync(`${pair.source}/mount`);
      runScript(pair.root, [`mount --bind ${mounted!.path} source/mount`]);
      try {
        const { code } = await orbitSync(pair, ["-x", "source/", "mine/"]);
        assert.equal(code, 0);
        assert.deepEqual([...Deno.readDirSync(`${pair.mine}/mount`)], []);
        assert.equal(Deno.readTextFileSync(`${pair.mine}/here/a`), "a\n");
        const same = await orbitSync(pair, [`${mounted!.path}/`, "source/mount/"]);
        assert.equal(same.code, 1);
        assert.match(same.stderr, /are one directory/);
      } finally {
        runScript(pair.root, ["umount source/mount"]);
      }
    },
  });
});

Deno.test("sync --verify=all finds a damaged destination that looks the same", async () => {
  using pair = scriptedPair([
    "echo good > source/a; echo fine > source/b; cp -a source/. mine",
    "printf BAD! > mine/a; echo >> mine/a; touch -r source/a mine/a",
  ]);
  assert.equal((await orbitSync(pair, ["source/", "mine/"])).code, 0);
  const { code, stderr } = await orbitSync(pair, ["--verify=all", "source/", "mine/"]);
  assert.equal(code, 23);
  assert.match(stderr, /verify "a": source and destination differ/);
});

Deno.test({
  name: "sync --manifest is a list that b3sum --check reads",
  ignore: !hasCommand("b3sum"),
  async fn() {
    using pair = scriptedPair([
      "mkdir source/d; echo a > source/a; echo b > source/d/b; echo n > $'source/new\\nline'",
    ]);
    // The second time it is a list of files that nothing is done about.
    for (const sums of ["sums", "sums-again"]) {
      const { code } = await orbitSync(pair, [`--manifest=${sums}`, "source/", "mine/"]);
      assert.equal(code, 0);
      const checked = text(runScript(pair.mine, [`b3sum --check ../${sums}`]));
      assert.equal(checked.trim().split("\n").filter((line) => line.endsWith(": OK")).length, 3);
    }
  },
});

Deno.test("sync --manifest leaves the list alone when the sync is cancelled", async () => {
  using pair = scriptedPair(["head -c 3000000 /dev/urandom > source/big; echo old > sums"]);
  const ends = { cwd: pair.root, home: `${pair.root}/home` };
  const args = ["sync", "--json", "--manifest=sums", "--bwlimit=100", "source/", "mine/"];
  await using running = startOrbit(args, ends);
  const [, id] = await running.waitFor(/"type":"start".*"jobId":"(\w+)"/);
  assert.equal((await runOrbit(["jobs", "cancel", id], ends)).code, 0);
  const { code, stdout } = await running.result;
  assert.notEqual(code, 0);
  const events = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.match(events.at(-2).message, /^manifest "\/.*sums" isn't written: the sync didn't come/);
  assert.equal(events.at(-1).report.outcome, "cancelled");
  assert.equal(Deno.readTextFileSync(`${pair.root}/sums`), "old\n");
});

Deno.test("sync --json is NDJSON and nothing else on standard output", async () => {
  using pair = scriptedPair(["echo a > source/a; ln -s nowhere source/l; echo x > mine/x"]);
  const { code, stdout } = await orbitSync(pair, [
    "--json",
    "-vv",
    "--stats",
    "-L",
    "source/",
    "mine/",
  ]);
  assert.equal(code, 23); // the dangling link
  const events = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  events.forEach((event, seq) => {
    assert.equal(event.schema, "orbit.sync/1");
    assert.equal(event.seq, seq);
    assert.equal(typeof event.type, "string");
  });
  assert.equal(events.at(-1).type, "end");
});

Deno.test("sync refuses ends that lie inside each other, also through links", async () => {
  using pair = scriptedPair([
    "mkdir -p source/in; echo a > source/a; ln -s source alias; ln -s source/in shortcut",
  ]);
  const before = text(runScript(pair.root, ["find source | sort"]));
  for (
    const [from, to] of [
      ["source/", "source/in/"],
      ["source/in/", "source/"],
      ["source/", "source/"],
      ["source/", "alias/"],
      ["source/", "shortcut/"],
      ["shortcut/", "source/in"],
      ["source/a", "source/a"],
      ["source/a", "source/"],
      ["source", "./"],
    ]
  ) {
    const { code, stderr } = await orbitSync(pair, ["--delete", from, to]);
    const isInside = from === "source/in/" && to === "source/";
    assert.equal(code, 1, `${from} to ${to}: ${stderr} ${isInside}`);
    assert.equal(text(runScript(pair.root, ["find source | sort"])), before);
  }
});

Deno.test("sync keeps the times of directories whatever is done in them", async () => {
  using pair = scriptedPair([
    "mkdir -p source/d/e mine/d/e; echo a > source/d/e/a; echo b > mine/d/e/b; echo s > source/d/s",
    "touch -d @1000.123456789 source/d/e; touch -d @2000.5 source/d; touch -d @3000 source",
  ]);
  const args = ["--delete", "--max-delete=100%", "source/", "mine/"];
  assert.equal((await orbitSync(pair, args)).code, 0);
  const times = text(runScript(pair.mine, ["stat -c %.9Y . d d/e"]));
  assert.equal(times, "3000.000000000\n2000.500000000\n1000.123456789\n");
});

Deno.test("sync deletes directories far deeper than priorities reach", async () => {
  using pair = scriptedPair([
    "path=gone; for i in $(seq 200); do path=$path/d; done",
    'mkdir -p "mine/$path"; echo a > "mine/$path/a"; echo k > source/k',
  ]);
  const args = ["--delete", "--max-delete=100%", "source/", "mine/"];
  const { code, stderr } = await orbitSync(pair, args);
  assert.equal(code, 0, stderr);
  assert.deepEqual([...Deno.readDirSync(pair.mine)].map(({ name }) => name), ["k"]);
});

Deno.test("sync says in plain words which file of its own it can't use, before it copies", async () => {
  using pair = scriptedPair(["echo a > source/a; mkdir odd; touch odd/state"]);
  const said: [args: string[], message: RegExp][] = [
    [
      ["--manifest=none/list"],
      /^orbit: write manifest ".*none\/list": no such file or directory$/m,
    ],
    [["--manifest=mine"], /^orbit: write manifest ".*mine": is a directory$/m],
    [["--exclude-from=source"], /^orbit: read "source": is a directory$/m],
  ];
  for (const [args, message] of said) {
    const { stderr } = await orbitSync(pair, [...args, "source/", "mine/"]);
    assert.match(stderr, message);
  }
  assert.deepEqual([...Deno.readDirSync(pair.mine)], []);
  const ends = { cwd: pair.root, home: `${pair.root}/odd` };
  const { code, stderr } = await runOrbit(["sync", "source/", "mine/"], ends);
  assert.equal(code, 11);
  assert.match(stderr, /^orbit: .*: not a directory \(Orbit's state; XDG_STATE_HOME moves it\)$/m);
});

Deno.test("sync ends with the documented status", async (t) => {
  using pair = scriptedPair(["echo a > source/a; head -c 3000000 /dev/urandom > source/big"]);
  const cases: [args: string[], code: number][] = [
    [["-n", "source/", "mine/"], 0],
    [["--no-such-option", "source/", "mine/"], 1],
    [["missing", "mine/"], 3],
    [["--manifest=missing/folder/file", "source/", "mine/"], 3],
    [["--manifest=source", "source/", "mine/"], 3],
    [["--exclude-from=source", "source/", "mine/"], 3],
    [["source/", "mine/"], 0],
    [["source/a", "missing", "mine/"], 23],
    [["--delete", "source/a", "mine/big/"], 1],
  ];
  for (const [args, code] of cases) {
    await t.step(`${args.join(" ")}: ${code}`, async () => {
      assert.equal((await orbitSync(pair, args)).code, code);
    });
  }
  await t.step("interrupted: 20, and the same command goes on", async () => {
    Deno.removeSync(`${pair.mine}/big`);
    const home = `${pair.root}/home`;
    const args = ["sync", "-v", "--bwlimit=100", "source/", "mine/"];
    await using running = startOrbit(["sync", "--json", ...args.slice(1)], {
      cwd: pair.root,
      home,
    });
    await running.waitFor(/"type":"start"/);
    running.kill("SIGINT");
    assert.equal((await running.result).code, 20);
    const again = await runOrbit(["sync", "source/", "mine/"], { cwd: pair.root, home });
    assert.equal(again.code, 0);
    assert.equal(Deno.statSync(`${pair.mine}/big`).size, 3_000_000);
    assert.deepEqual([...Deno.readDirSync(pair.mine)].length, 2);
  });
});
