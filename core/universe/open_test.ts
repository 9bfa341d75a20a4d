import assert from "node:assert/strict";
import { fileOf, hashOf } from "./model.ts";
import { openUniverse } from "./mod.ts";
import { TemporaryFolder } from "./temporary_universe.ts";

Deno.test.each([
  ["NFS", 0x6969],
  ["SMB 2", 0xfe534d42],
  ["SMB (cifs)", 0xff534d42],
  ["FUSE", 0x65735546],
])("openUniverse refuses a network file system: %s", (name, type) => {
  using folder = new TemporaryFolder();
  assert.throws(() => folder.open({ fileSystemType: () => type }), {
    code: "unsupported",
    message: new RegExp(`network file system \\(${name.replace(/[()]/g, "\\$&")}\\)`),
  });
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
});

Deno.test("openUniverse asks the system what file system a folder is on", {
  // The C library stays loaded.
  sanitizeResources: false,
}, () => {
  using folder = new TemporaryFolder();
  using universe = openUniverse(`${folder.path}/a/b`);
  assert.deepEqual(universe.counts(), { entries: 0, runs: 0 });
});

Deno.test("openUniverse has one owner", () => {
  using folder = new TemporaryFolder();
  {
    using _owner = folder.open();
    assert.throws(() => folder.open(), { code: "conflict", message: /another process uses it/ });
  }
  using _next = folder.open();
});

/** A universe with several runs of several pages. */
function fill(folder: TemporaryFolder): void {
  using universe = folder.open({ freshEntries: 400 });
  for (let i = 0; i < 5; i++) {
    const numbers = Array.from({ length: 500 + 300 * (5 - i) ** 2 }, (_, n) => i * 1e5 + n);
    universe.put([fileOf("nas", `/${i}`, "1", numbers)]);
  }
}

Deno.test("a universe that is torn is corrupt when it is opened, or works", () => {
  using folder = new TemporaryFolder();
  fill(folder);
  const path = `${folder.path}/universe_v3.db`;
  const whole = Deno.readFileSync(path);
  let corrupt = 0;
  for (let page = 0; page < whole.length / 4096; page += 7) {
    const torn = whole.slice();
    torn.fill(0xa5, page * 4096, page * 4096 + 2048);
    Deno.writeFileSync(path, page % 2 === 0 ? torn : torn.subarray(0, page * 4096 + 100));
    try {
      using universe = folder.open();
      universe.lookUp(hashOf(1));
    } catch (error) {
      const { code, message } = error as Error & { code: string };
      assert.equal(code, "corrupt", `${page}: ${message}`);
      assert.match(message, /remove it/);
      corrupt++;
    }
  }
  assert.ok(corrupt > 10, `${corrupt} found`);
});

Deno.test("a database of another program is refused", () => {
  using folder = new TemporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/universe_v3.db`, "something else ".repeat(500));
  assert.throws(() => folder.open(), { code: "corrupt", message: /universe .*remove it/ });
});
