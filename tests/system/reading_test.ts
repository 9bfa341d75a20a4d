/** `orbit scan`, `hash`, `verify` and `chunk` as their users run them, against find and b3sum. */
import assert from "node:assert/strict";
import { decodeName } from "#core/names.ts";
import { hasCommand } from "../../tools/peers.ts";
import { orbitCommand, orbitEnvironment, type OrbitResult, runOrbit } from "../support/run.ts";
import { runScript } from "../support/shell.ts";
import { makeTempDirectory, type TempDirectory } from "../support/temp.ts";
import { makeTree } from "../support/trees.ts";

/** A folder with what a script made in it, and a home beside it. */
class Bench implements Disposable {
  readonly #folder: TempDirectory = makeTempDirectory();
  readonly root = `${this.#folder.path}/root`;

  constructor(lines: readonly string[] = []) {
    Deno.mkdirSync(this.root);
    this.script(...lines);
  }

  script(...lines: string[]): string {
    return decodeName(runScript(this.root, lines));
  }

  orbit(args: string[], input?: string): Promise<OrbitResult> {
    return runOrbit(args, { cwd: this.root, home: `${this.#folder.path}/home`, input });
  }

  /** Runs a line of bash in which `orbit` is the program. */
  shell(line: string): string {
    const command = orbitCommand([]).map((each) => `'${each}'`).join(" ");
    const script = `orbit() { ${command} "$@"; }\n${line}`;
    const { stdout } = new Deno.Command("bash", {
      args: ["-c", script],
      cwd: this.root,
      env: orbitEnvironment(`${this.#folder.path}/home`),
    }).outputSync();
    return decodeName(stdout);
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

interface Entry {
  path: string;
  pathBytes?: string;
  [field: string]: unknown;
}

/** Find writes times before 1970 as the second below and nanoseconds up from it. */
function decimal(seconds: string, nanoseconds: string): string {
  if (!seconds.startsWith("-") || Number(nanoseconds) === 0) return `${seconds}.${nanoseconds}`;
  const whole = Number(seconds) + 1;
  return `${whole === 0 ? "-0" : whole}.${String(1e9 - Number(nanoseconds)).padStart(9, "0")}`;
}

const records = (stdout: string) => stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line));

Deno.test("scan --json lists what find lists: names, kinds, sizes, times, modes, owners", async () => {
  using bench = new Bench();
  makeTree(41, `${bench.root}/tree`, { count: 120 });
  bench.script("mkdir tree/many; cd tree/many; seq 9000 | xargs touch");
  const { code, stdout, stderr } = await bench.orbit(["scan", "--json", "tree"]);
  assert.deepEqual([code, stderr], [0, ""]);
  const kinds: Record<string, string> = {
    ...{ file: "f", directory: "d", link: "l", fifo: "p", socket: "s", block: "b" },
    character: "c",
  };
  const mine = records(stdout).map((entry: Entry, index) => {
    assert.equal(entry.seq, index);
    const name = entry.pathBytes === undefined
      ? entry.path
      : decodeName(Uint8Array.fromBase64(entry.pathBytes));
    const { kind, size, mtime, mode, uid, gid } = entry;
    return `${kinds[kind as string]} ${kind === "directory" ? "" : size} ${mtime} ${
      (mode as number).toString(8)
    } ${uid} ${gid} ${name}`;
  });
  const theirs = bench.script(
    "find tree -mindepth 1 \\( -type d -printf '%y  %T@ %m %U %G %P\\0' \\) " +
      "-o -printf '%y %s %T@ %m %U %G %P\\0'",
  ).split("\0").slice(0, -1).map((line) =>
    line.replace(/(?<=^. \d* )(-?\d+)\.(\d{9})\d/, (_, s, ns) => decimal(s, ns))
  );
  assert(mine.length > 9000);
  assert.deepEqual(mine.sort(), theirs.sort());
});

Deno.test("scan shows a file itself, follows links only when asked, and applies rules", async () => {
  using bench = new Bench([
    "mkdir d; echo a > d/a; echo b > d/b.tmp; ln -s d to; ln -s none dangling",
  ]);
  const names = async (...args: string[]) => {
    const { code, stdout } = await bench.orbit(["scan", "--json", ...args]);
    assert.equal(code, 0);
    return records(stdout).map(({ path, kind }: Entry) => `${path} ${kind}`).join(", ");
  };
  assert.equal(await names("d/a"), "a file");
  assert.equal(await names("dangling"), "dangling link");
  assert.equal(await names("to"), "a file, b.tmp file");
  assert.equal(await names("--exclude=*.tmp", "d"), "a file");
  assert.equal(await names("--exclude=*.tmp", "d/b.tmp"), "");
  assert.equal(await names("--exclude=/d", "."), "dangling link, to link");
  const followed = await names("-L", "--exclude=/d", ".");
  assert.equal(followed, "dangling link, to directory, to/a file, to/b.tmp file");
  const missing = await bench.orbit(["scan", "none"]);
  assert.equal(missing.code, 3);
  assert.match(missing.stderr, /^orbit: scan ".*none": no such file or directory\n$/);
});

Deno.test("scan, hash and chunk end quietly when their reader goes", () => {
  using bench = new Bench(["mkdir many; cd many; seq 20000 | xargs touch"]);
  bench.script("head -c 3000000 /dev/urandom > big");
  const ends = [
    "orbit scan many 2>&1 | head -n 1",
    "orbit scan --json many 2>&1 | head -n 1",
    "orbit hash many/1* 2>&1 | head -n 1",
    "orbit chunk --average=256 big 2>&1 | head -n 1",
  ];
  for (const line of ends) {
    assert.match(bench.shell(`${line}; echo "\${PIPESTATUS[0]}"`), /^.+\n20\n$/, line);
  }
});

Deno.test("hash prints and checks what b3sum does", {
  ignore: !hasCommand("b3sum"),
}, async () => {
  using bench = new Bench([
    "mkdir d; printf a > d/a; printf '' > empty; ln -s d/a link",
    "head -c 5000000 /dev/urandom > big; printf b > 'back\\slash'; printf c > $'new\\nline'",
  ]);
  const files = ["big", "link", "empty", "d/a", "back\\slash", "new\nline", "empty"];
  const theirs = bench.script("b3sum big link empty d/a 'back\\slash' $'new\\nline' empty");
  const mine = await bench.orbit(["hash", ...files]);
  assert.deepEqual([mine.code, mine.stdout, mine.stderr], [0, theirs, ""]);
  Deno.writeTextFileSync(`${bench.root}/list`, mine.stdout);
  const check = await bench.orbit(["hash", "--check", "list"]);
  assert.equal(check.code, 0);
  assert.equal(
    bench.script("b3sum --check list").split("\n").length,
    check.stdout.split("\n").length,
  );

  bench.script("printf z > empty; rm d/a; mkdir d/a");
  const judge = (stdout: string) => stdout.replace(/FAILED \(.*\)/g, "FAILED ()");
  const failed = await bench.orbit(["hash", "--check", "list"]);
  const expected = bench.script("sed -i '/slash\\|line/d' list; b3sum --check list || true");
  assert.equal(failed.code, 23);
  for (const line of judge(expected).split("\n")) assert(judge(failed.stdout).includes(line), line);
});

Deno.test("hash reads standard input, and refuses what is no file without leaving the others", async () => {
  using bench = new Bench(["mkdir d; printf a > a"]);
  const hex = "17762fddd969a453925d65717ac3eea21320b66b54342fde15128d6caf21215f";
  assert.equal((await bench.orbit(["hash"], "a")).stdout, `${hex}  -\n`);
  const mixed = await bench.orbit(["hash", "none", "d", "a", "-"], "a");
  assert.deepEqual([mixed.code, mixed.stdout], [23, `${hex}  a\n${hex}  -\n`]);
  assert.deepEqual(mixed.stderr.split("\n").slice(0, -1), [
    'orbit: hash "none": no such file or directory',
    'orbit: hash "d": is a directory',
  ]);
  const list = await bench.orbit(["hash", "-c", "-"], `${hex}  a\nrubbish\n${hex}  none\n`);
  assert.deepEqual([list.code, list.stdout], [
    23,
    "a: OK\nnone: FAILED (no such file or directory)\n",
  ]);
  assert.match(
    list.stderr,
    /line 2: .*\norbit: 1 line could not be understood\norbit: 1 file failed/s,
  );
  assert.equal((await bench.orbit(["hash", "--check", "none"])).code, 3);
});

Deno.test("verify tells equal trees from different ones, and says in what they differ", async () => {
  using bench = new Bench([
    "mkdir -p s/x s/y to; echo 1 > s/a; echo 2 > s/x/b; echo 3 > s/c; ln -s a s/l",
    "cp -a s t; cp -a s to; touch -d @1 t/a",
  ]);
  for (const args of [["s", "t"], ["s/", "t"], ["s", "to"], ["s/a", "t"], ["s/a", "t/a"]]) {
    const { code, stderr } = await bench.orbit(["verify", ...args]);
    assert.deepEqual([code, stderr], [0, ""], args.join(" "));
  }
  assert.match(
    (await bench.orbit(["verify", "--metadata", "s", "t"])).stdout,
    /^\.f\.\.t\.{6} a /m,
  );
  bench.script(
    "echo 9 > t/x/b; echo 33 > t/c; rmdir t/y; ln -sfn b t/l; rm t/a; mkdir t/z; touch t/z/n",
  );
  const { code, stdout } = await bench.orbit(["verify", "s", "t"]);
  assert.equal(code, 23);
  const lines = stdout.split("\n").slice(0, -2).map((line) => line.replace(/ {2}\(.*/, ""));
  assert.deepEqual(lines.sort(), [
    "*extra      z",
    "*extra      z/n",
    ">f+++++++++ a",
    ">fc........ x/b",
    ">fcs....... c",
    "cLc........ l",
    "cd+++++++++ y/",
  ]);
  const json = records((await bench.orbit(["verify", "--json", "s", "t"])).stdout);
  assert.deepEqual(json.at(-1).differences, 7);
  const quiet = await bench.orbit(["verify", "-q", "s", "t"]);
  assert.deepEqual([quiet.code, quiet.stdout, quiet.stderr], [23, "", ""]);
  assert.equal((await bench.orbit(["verify", "s", "none"])).code, 3);
  assert.equal((await bench.orbit(["verify", "none", "s"])).code, 3);
});

Deno.test("verify --manifest finds missing, changed and, with --strict, extra files", async () => {
  using bench = new Bench(["mkdir -p s/x; echo 1 > s/a; echo 2 > s/x/b; echo 3 > s/x/c"]);
  const synced = await bench.orbit(["sync", "--manifest=list", "s/", "t"]);
  assert.equal(synced.code, 0, synced.stderr);
  const verify = (...args: string[]) => bench.orbit(["verify", "--manifest", ...args]);
  assert.equal((await verify("list", "t")).code, 0);
  bench.script("cp list t; rm t/a; echo 9 > t/x/b; echo extra > t/x/d");
  const loose = await verify("t/list");
  assert.equal(loose.code, 23);
  assert.match(
    loose.stdout,
    /^>f\+{9} a {2}\(missing\)\n>fc\.{8} x\/b {2}\(content differs\)\nverified/,
  );
  const strict = await verify("t/list", "--strict");
  assert.match(strict.stdout, /^\*extra {6}x\/d {2}\(not in the manifest\)$/m);
  assert(!strict.stdout.includes("*extra      list"));
  assert.equal((await verify("none")).code, 3);
});

Deno.test("verify --manifest reads nothing outside its directory", async () => {
  using bench = new Bench(["mkdir s; printf a > secret; ln -s ../secret s/link"]);
  const hex = "17762fddd969a453925d65717ac3eea21320b66b54342fde15128d6caf21215f";
  for (const name of ["../secret", `${bench.root}/secret`, "link"]) {
    const result = await bench.orbit(["verify", "--manifest=-", "s"], `${hex}  ${name}\n`);
    assert.equal(result.code, 23, name);
    assert.match(result.stdout, /1 unreadable/);
  }
});

Deno.test("chunk prints chunks that make up the file, the same with any number of workers", async () => {
  using bench = new Bench(["head -c 3000000 /dev/urandom > a; cat a a > twice; : > empty"]);
  const one = await bench.orbit(["chunk", "--jobs=1", "a", "empty"]);
  assert.equal(one.code, 0, one.stderr);
  assert.equal((await bench.orbit(["chunk", "--jobs=3", "a", "empty"])).stdout, one.stdout);
  let end = 0;
  for (const line of one.stdout.split("\n").slice(0, -1)) {
    const [offset, length, hash, name] = line.split(" ");
    assert.deepEqual([Number(offset), name, hash.length], [end, "a", 64]);
    end += Number(length);
  }
  assert.equal(end, 3_000_000);
  const [summary] = records((await bench.orbit(["chunk", "-s", "--json", "twice"])).stdout);
  assert.equal(summary.bytes, 6_000_000);
  assert(summary.uniqueBytes < 4_000_000, JSON.stringify(summary));
  const failed = await bench.orbit(["chunk", "none", "a"]);
  assert.equal(failed.code, 23);
  assert.equal(failed.stdout, one.stdout);
});
