import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { defaultSyncOptions, type SyncOptions } from "#core/sync/options.ts";
import { parseSyncArguments, type SyncArgumentContext, type SyncArguments } from "./arguments.ts";

const files: Record<string, string> = {
  rules: "# no rule\n*.o\n+ keep\n\n; none\n- *.tmp\n",
  nul: "a\nb\0c",
  names: "dir/\n/top\n./x/y\n",
  clear: "!\nlast\n",
  "-": "from-stdin\n",
};

const context: SyncArgumentContext = {
  cwd: "/work",
  isRoot: true,
  realPath: (path) => path,
  readFile(path) {
    if (!(path in files)) throw new OrbitError("not_found", `read "${path}": no such file`);
    return new TextEncoder().encode(files[path]);
  },
};

function parse(line: string, overrides: Partial<SyncArgumentContext> = {}): SyncArguments {
  const args = line.split(" ").filter(Boolean);
  const parsed = parseSyncArguments(args, { ...context, ...overrides });
  assert(parsed !== "help", line);
  return parsed;
}

function refusal(line: string): string {
  try {
    parse(line);
  } catch (error) {
    assert(error instanceof OrbitError);
    return error.message;
  }
  return assert.fail(`accepted: ${line}`);
}

/** Options as root has them by default, changed. */
function options(change: Partial<SyncOptions> = {}): SyncOptions {
  return {
    ...defaultSyncOptions(),
    files: undefined,
    removeSource: undefined,
    backup: undefined,
    partial: undefined,
    ...change,
  };
}

const preserved = defaultSyncOptions().preserve;

Deno.test("parseSyncArguments resolves sources and the destination", () => {
  assert.deepEqual(parse("a b/ /c").request, {
    sources: [{ path: "/work/a", contents: false }, { path: "/work/b", contents: true }],
    destination: "/c",
    destinationIsDirectory: false,
    options: options(),
  });
  assert.equal(parse("a c/").request.destinationIsDirectory, true);
});

Deno.test("parseSyncArguments gives every option its meaning", () => {
  const cases: [line: string, change: Partial<SyncOptions>][] = [
    ["-a", {}],
    ["-rlptgoD", {}],
    ["-n", { dryRun: true }],
    ["-c", { compare: "checksum" }],
    ["-c --no-c", {}],
    ["--size-only", { compare: "size" }],
    ["-u", { update: true }],
    ["-x", { oneFileSystem: true }],
    ["-HX", { preserve: { ...preserved, hardLinks: true, attributes: true } }],
    ["--no-p -A", { preserve: { ...preserved, acls: true } }],
    ["-A --no-p", { preserve: { ...preserved, acls: true, permissions: false } }],
    ["-S", { sparse: true }],
    ["-L --safe-links", { followLinks: true, safeLinks: true }],
    ["--no-t --no-links", { preserve: { ...preserved, times: false, links: false } }],
    ["--no-D", { preserve: { ...preserved, devices: false, specials: false } }],
    ["--no-D --specials", { preserve: { ...preserved, devices: false } }],
    ["--no-o --no-g --no-D -a", {}],
    ["-a --no-o --no-g", { preserve: { ...preserved, owner: false, group: false } }],
    ["--no-r -a", {}],
    ["-a --no-r", { recursive: false }],
    ["--existing --ignore-existing", { existing: true, ignoreExisting: true }],
    ["--delete --max-delete=10%", { delete: true, maxDelete: { percent: 10 } }],
    ["--max-delete 5", { maxDelete: { count: 5 } }],
    ["-b", { backup: { directory: undefined, suffix: "~" } }],
    ["-b --suffix=.old", { backup: { directory: undefined, suffix: ".old" } }],
    ["--backup-dir=../old", { backup: { directory: "../old", suffix: "" } }],
    ["--max-size=1.5K --min-size=1KB", { maxSize: 1536, minSize: 1000 }],
    ["--bwlimit=2", { bytesPerSecond: 2048 }],
    ["--bwlimit=2 --no-bwlimit", {}],
    ["--bwlimit=2 --bwlimit=off", {}],
    ["--bwlimit=08:00,512k", { bandwidth: "08:00,512k" }],
    ["--bwlimit=08:00,512k --bwlimit=2", { bytesPerSecond: 2048 }],
    ["--bwlimit=08:00,512k --no-bwlimit", {}],
    ["--partial", { partial: { directory: undefined } }],
    ["--remove-source-files", { removeSource: "files" }],
    ["--remove-source-files --delete-empty-src-dirs", { removeSource: "all" }],
    ["--partial-dir=.p", { partial: { directory: ".p" } }],
    ["--partial-dir=.//.p/", { partial: { directory: ".p" } }],
    ["--partial-dir=.", { partial: { directory: undefined } }],
    ["--link-dest=../a --link-dest=../b", { linkDest: ["../a", "../b"] }],
    ["--inplace", { inplace: true }],
    ["--mkpath", { makePath: true }],
    ["--timeout=30", { timeoutMs: 30_000 }],
    ["--verify=all", { verify: "all" }],
    ["--verify none", { verify: "none" }],
    ["--fsync", { fsync: true }],
    ["--numeric-ids", { numericIds: true }],
    ["--explain=x", { dryRun: true }],
  ];
  for (const [line, change] of cases) {
    assert.deepEqual(clean(parse(`${line} a b`).request.options), clean(options(change)), line);
  }
});

/** Drops what is undefined, which means the same as absent. */
function clean(value: SyncOptions): unknown {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
}

Deno.test("parseSyncArguments takes what belongs to the output and the run", () => {
  const { output, jobs, manifest, watch, explain } = parse("-vvihP --stats --jobs=3 a b");
  assert.deepEqual(output, {
    verbosity: 2,
    quiet: false,
    itemize: true,
    humanReadable: true,
    progress: "on",
    stats: true,
    json: false,
  });
  assert.deepEqual([jobs, manifest, watch, explain], [3, undefined, false, undefined]);
  assert.equal(parse("--manifest=sums a b").manifest, "/work/sums");
  assert.equal(parse("--watch a b").watch, true);
  assert.equal(parse("--explain ./x//y/ a b").explain, "x/y");
  assert.equal(parse("--json -q a b").output.json, true);
  assert.equal(parse("-P a b").request.options.partial !== undefined, true);
  assert.equal(parse("-P --no-progress -v --no-v a b").output.progress, "off");
});

Deno.test("filter rules keep the order of the command line, files among them", () => {
  const rules = (line: string) =>
    parse(`${line} a b`).request.options.filter.map(({ kind, pattern }) => `${kind} ${pattern}`);
  assert.deepEqual(rules("--include=*.c --exclude-from=rules --exclude=*"), [
    "include *.c",
    "exclude *.o",
    "include keep",
    "exclude *.tmp",
    "exclude *",
  ]);
  assert.deepEqual(rules("--exclude=a --exclude-from=clear"), ["exclude last"]);
  assert.deepEqual(rules("--exclude-from=nul -0"), ["exclude a\nb", "exclude c"]);
  assert.deepEqual(rules("--include-from -"), ["include from-stdin"]);
});

Deno.test("--files-from lists paths and turns recursion off unless -r is given", () => {
  const { files, recursive } = parse("--files-from=names a b").request.options;
  assert.deepEqual(files, ["dir/", "top", "x/y"]);
  assert.equal(recursive, false);
  assert.equal(parse("-a --files-from=names a b").request.options.recursive, false);
  assert.equal(parse("-r --files-from=names a b").request.options.recursive, true);
  assert.equal(parse("--files-from=names -ar a b").request.options.recursive, true);
  assert.throws(
    () => parse("--files-from=gone a b"),
    (error) => error instanceof OrbitError && error.code === "not_found",
  );
});

Deno.test("owners and devices are for root, and asking for them in vain is remarked on", () => {
  const { request, remarks } = parse("-a a b", { isRoot: false });
  assert.equal(request.options.preserve.owner, false);
  assert.equal(request.options.preserve.devices, false);
  assert.equal(request.options.preserve.group, true);
  assert.equal(request.options.preserve.specials, true);
  assert.deepEqual(remarks, []);
  assert.match(parse("-o a b", { isRoot: false }).remarks[0], /^--owner: only root/);
  assert.match(parse("-D a b", { isRoot: false }).remarks[0], /^--devices: only root/);
  assert.deepEqual(parse("-oD a b").remarks, []);
  assert.match(parse("-W a b").remarks[0], /^--whole-file: is how/);
});

Deno.test("contradictions and wrong arguments are refused by name", () => {
  const cases: [line: string, message: RegExp][] = [
    ["--inplace --partial-dir=x a b", /^--inplace and --partial-dir: can't/],
    ["--partial-dir=/x a b", /^--partial-dir "\/x": is not below the directory of each file/],
    ["--partial-dir=.p/in a b", /^--partial-dir "\.p\/in": is not one name/],
    ["--partial-dir=../x a b", /^--partial-dir "\.\.\/x": is not below the directory/],
    ["--no-whole-file a b", /^--no-whole-file: not supported: a local copy/],
    ["--size-only -c a b", /^--size-only and --checksum: can't/],
    ["-q --progress a b", /^--quiet and --progress: can't/],
    ["-qP a b", /^--quiet and --progress: can't/],
    ["--files-from=names a b c", /^--files-from: needs exactly one SRC/],
    ["--delete --no-r a b", /^--delete: needs recursion/],
    ["--delete --files-from=names a b", /^--delete: needs recursion/],
    ["--remove-source-files --delete a b", /^--remove-source-files and --delete: can't/],
    ["--remove-source-files --verify=none a b", /^--remove-source-files and --verify=none/],
    ["--remove-source-files -L a b", /^--remove-source-files and --copy-links/],
    ["--remove-source-files --watch a b", /^--remove-source-files and --watch/],
    ["--delete-empty-src-dirs a b", /^--delete-empty-src-dirs: needs --remove-source-files/],
    ["--watch -n a b", /^--watch and --dry-run: can't/],
    ["--watch --explain=x a b", /^--watch and --explain: can't/],
    ["--explain=../x a b", /^--explain: needs a path within SRC, without \.\./],
    ["--explain=d/../x a b", /^--explain: needs a path within SRC, without \.\./],
    ["--manifest=m -n a b", /^--manifest and --dry-run: can't/],
    ["--manifest=m --explain=x a b", /^--manifest and --explain: can't/],
    ["--suffix=x a b", /^--suffix: needs --backup/],
    ["-b --suffix=a/b a b", /^--suffix: can't hold a slash/],
    ["-b --suffix= a b", /^--suffix: can't be empty/],
    ["--max-size=1 --min-size=2 a b", /^--max-size and --min-size: leave no size/],
    ["--exclude-from=- --files-from=- a b", /only one can read standard input/],
    ["a", /^missing argument: needs SRC… DST/],
    ["", /^missing argument: needs SRC… DST/],
    ["host:a b", /^path "host:a": names another machine/],
    ["a host:b", /^path "host:b": names another machine/],
    ["-z a b", /^-z: not supported: /],
    ["--relay a b", /^--relay: not supported: on one machine nothing/],
    ["--detach a b", /^--detach: not supported: on one machine nothing/],
    ["--jobs=0 a b", /^--jobs "0": is not a whole number from 1 to 64/],
    ["--verify=some a b", /^--verify "some": is not one of none, sent, all/],
  ];
  for (const [line, message] of cases) assert.match(refusal(line), message, line);
});

Deno.test("-h is help on its own, and units otherwise", () => {
  assert.equal(parseSyncArguments(["-h"], context), "help");
  assert.equal(parseSyncArguments(["-n", "--help"], context), "help");
  assert.equal(parse("-h a b").output.humanReadable, true);
});
