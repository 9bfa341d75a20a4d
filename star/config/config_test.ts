import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { rateAt } from "#core/bandwidth/mod.ts";
import { checkSample } from "#core/config/sample_check.ts";
import { exposingRoot, isWithin, readStarConfig, starSchema } from "./mod.ts";

/** A folder with directories `a` and `b`, a file, and links; gone afterwards. */
function withFolder(test: (folder: string) => void): void {
  const folder = Deno.realPathSync(Deno.makeTempDirSync());
  try {
    for (const name of ["a", "b"]) Deno.mkdirSync(`${folder}/${name}`);
    Deno.writeTextFileSync(`${folder}/file`, "");
    Deno.symlinkSync("a", `${folder}/to-a`);
    Deno.symlinkSync("/proc", `${folder}/to-proc`);
    Deno.symlinkSync("/", `${folder}/to-root`);
    test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function read(folder: string, text: string) {
  const path = `${folder}/star.toml`;
  Deno.writeTextFileSync(path, text);
  return readStarConfig(path);
}

function refusal(folder: string, text: string): string[] {
  try {
    read(folder, text);
  } catch (error) {
    assert(error instanceof OrbitError, String(error));
    assert.equal(error.code, "invalid");
    return error.message.replaceAll(`${folder}/`, "").split("\n");
  }
  assert.fail(`accepted: ${text}`);
}

Deno.test("star.toml shows every key with its default", () => {
  const without = [
    "nucleus.address",
    "listen.address",
    "listen.advertise",
    "state.directory",
    "limits.timetable",
  ];
  const path = new URL("star.toml", import.meta.url);
  checkSample({ path, schema: starSchema, without });
});

Deno.test("readStarConfig gives roots with their directions, and defaults", () => {
  withFolder((folder) => {
    const config = read(
      folder,
      `security.allowed_paths = ["${folder}/to-a/"]
[nucleus]
address = "hub.example.org"
[listen]
address = ":50051"
[limits]
hash_size = "2 MiB"`,
    );
    assert.deepEqual(config, {
      roots: [{ path: `${folder}/to-a`, realPath: `${folder}/a`, read: true, write: true }],
      nucleus: { address: { host: "hub.example.org", port: 50050 } },
      listen: { address: { host: "", port: 50051 } },
      limits: { concurrent_calls: 64, hash_size: 2 << 20, upload: [], download: [] },
      universe: { enabled: true },
      state: {},
      log: { level: "info", format: "text" },
    });
    const narrow = read(
      folder,
      `security.allowed_paths = ["${folder}/a", { path = "${folder}", write = false }]`,
    );
    assert.deepEqual(narrow.roots.map(({ read, write }) => [read, write]), [
      [true, true],
      [true, false],
    ]);
  });
});

Deno.test("readStarConfig refuses roots that are missing or make no sense, with their lines", () => {
  withFolder((folder) => {
    const lines = refusal(
      folder,
      `[security]
allowed_paths = [
  "${folder}/a",
  "${folder}/none",
  "${folder}/file",
  "/",
  "/proc/self",
  "/dev",
  "${folder}/to-proc",
  "${folder}/to-root",
  { path = "${folder}/b", read = false, write = false },
  "${folder}/to-a",
  "${folder}/a",
]`,
    );
    const name = (index: number) => `"security.allowed_paths[${index}]": `;
    const insides = "which holds the system's insides instead of files";
    const whole = "is the whole file system; name what the grid may touch";
    assert.deepEqual(lines, [
      `star.toml:4:3: ${name(1)}"none" doesn't exist; create it, or remove it from the list`,
      `star.toml:5:3: ${name(2)}"file" is not a directory`,
      `star.toml:6:3: ${name(3)}"/" ${whole}`,
      `star.toml:7:3: ${name(4)}"/proc/self" lies in /proc, ${insides}`,
      `star.toml:8:3: ${name(5)}"/dev" lies in /dev, ${insides}`,
      `star.toml:9:3: ${name(6)}"to-proc" leads to "/proc", which lies in /proc, ${insides}`,
      `star.toml:10:3: ${name(7)}"to-root" leads to "/", which ${whole}`,
      `star.toml:11:3: ${name(8)}"b" may be neither read nor written; remove it`,
      `star.toml:12:3: ${name(9)}"to-a" is in the list already, as "a"`,
      `star.toml:13:3: ${name(10)}"a" is in the list already`,
    ]);
  });
});

Deno.test("readStarConfig names the line of a slip", () => {
  withFolder((folder) => {
    assert.deepEqual(refusal(folder, `[security]\nallow_paths = ["${folder}/a"]`), [
      'star.toml:2:1: unknown key "allow_paths" in [security]; did you mean "allowed_paths"?',
    ]);
    assert.deepEqual(refusal(folder, ""), [
      'star.toml:1:1: missing key "allowed_paths" in [security]',
    ]);
    assert.match(
      refusal(folder, `security.allowed_paths = ["${folder}/a/../../etc"]`)[0],
      /^star\.toml:1:27: .* must be an absolute path without "\.\."/,
    );
  });
});

Deno.test("readStarConfig keeps the Star's own state out of its roots", () => {
  withFolder((folder) => {
    for (const state of ["a", "a/state/deep", "to-a/state", ""]) {
      const lines = refusal(
        folder,
        `security.allowed_paths = ["${folder}/a"]\n[state]\ndirectory = "${folder}/${state}"`,
      );
      assert.equal(lines.length, 1);
      assert(lines[0].startsWith('star.toml:3:13: "state.directory" must not share'), lines[0]);
    }
    const config = read(
      folder,
      `security.allowed_paths = ["${folder}/a"]\nstate.directory = "${folder}/a-state"`,
    );
    assert.equal(config.state.directory, `${folder}/a-state`);
    assert.equal(exposingRoot(config.roots, "/nowhere/at/all"), undefined);
    assert.equal(exposingRoot(config.roots, `${folder}/a/x`)?.path, `${folder}/a`);
  });
});

Deno.test("isWithin compares whole names", () => {
  assert(isWithin("/a", "/a") && isWithin("/a", "/a/b") && isWithin("/", "/a"));
  assert(isWithin("/a", "/a/..b"));
  assert(!isWithin("/a", "/ab") && !isWithin("/a", "/") && !isWithin("/a/b", "/a"));
});

const ROOTS = (folder: string) => `security.allowed_paths = ["${folder}/a"]\n`;

Deno.test("readStarConfig makes one timetable of each direction's limits", () => {
  withFolder((folder) => {
    const { limits: { upload, download } } = read(
      folder,
      `${ROOTS(folder)}[limits]
upload = "1M"
timetable = [
  { days = "mon-fri", from = "22:00", to = "06:00", rate = "off" },
  { days = "mon-fri", from = "08:00", to = "18:00", upload = "512", download = "20M" },
]`,
    );
    const at = (day: number, hour: number) => new Date(2030, 0, 6 + day, hour).getTime();
    const rates = (timetable: typeof upload, ...times: [number, number][]) =>
      times.map(([day, hour]) => rateAt(timetable, at(day, hour)));
    const times: [number, number][] = [[0, 12], [1, 12], [1, 20], [1, 23], [6, 5], [6, 7]];
    const MI = 1 << 20;
    assert.deepEqual(rates(upload, ...times), [MI, MI / 2, MI, undefined, undefined, MI]);
    assert.deepEqual(rates(download, ...times), [
      ...[undefined, 20 * MI, undefined, undefined, undefined, undefined],
    ]);
  });
});

Deno.test("readStarConfig names the line of each limit that can't be", () => {
  withFolder((folder) => {
    const limits = (text: string) => refusal(folder, `${ROOTS(folder)}[limits]\n${text}`);
    const bad: [string, RegExp][] = [
      ['upload = "fast"', /^star.toml:3:10: .*"limits.upload" must be a rate such as "20M"/],
      ["upload = 20", /^star.toml:3:10: /],
      ['upload = "1b"', /at least 512 bytes/],
      ['timetable = [{ days = "montag", rate = "1M" }]', /days" must be days such as "mon-fri"/],
      ['timetable = [{ from = "8:00", rate = "1M" }]', /from" must be a time of day/],
      ['timetable = [{ to = "24:01", rate = "1M" }]', /to" must be a time of day/],
      ['timetable = [{ rates = "1M" }]', /did you mean "rate"/],
      ['timetable = [\n{ rate = "1M" },\n{ days = "mon" }]', /^star.toml:5:1: .*\[1\]" must have/],
      ['timetable = [{ rate = "1M", upload = "1M" }]', /"rate" for both ways, or/],
      [
        'timetable = [{ from = "08:00", to = "08:00", rate = "1M" }]',
        /must not end when it begins/,
      ],
    ];
    for (const [text, message] of bad) assert.match(limits(text)[0], message, text);
  });
});

Deno.test("a timetable that never limits anything is none", () => {
  withFolder((folder) => {
    const text = `${ROOTS(folder)}[limits]\ntimetable = [{ rate = "off" }]`;
    const { upload, download } = read(folder, text).limits;
    assert.deepEqual([upload, download], [[], []]);
  });
});
