import assert from "node:assert/strict";
import { systemError } from "#core/errors.ts";
import { createFaultyDisk } from "#core/system/disk_faulty.ts";
import { openInlineSystem } from "#core/system/memory_system.ts";
import { FakeHost } from "#core/program/fake_host.ts";
import { FakeReading } from "../fake_reading.ts";
import type { Reading } from "../reading.ts";
import { chunkCommand } from "./chunk.ts";
import { hashCommand } from "./hash.ts";
import { scanCommand } from "./scan.ts";
import { verifyCommand } from "./verify.ts";

const COMMANDS = [scanCommand, hashCommand, chunkCommand, verifyCommand];

/** Files in /work of which one directory can't be listed and one file can't be read. */
function faulty(): Reading {
  const inner = new FakeReading({ "/work/a": "a", "/work/locked/x": "", "/work/z": "z" });
  const disk = createFaultyDisk(inner.disk, {
    before({ operation, path }) {
      const isListing = operation === "list" && path === "locked";
      const isRead = operation === "file.read" && path === "z";
      if (isListing || isRead) throw systemError("EACCES", isListing ? "list" : "read", path);
    },
  });
  return { openSystem: () => openInlineSystem(disk), realPath: inner.realPath };
}

Deno.test("scan goes on past a directory that can't be listed, and exits with 23", async () => {
  for (const json of [false, true]) {
    const host = new FakeHost();
    assert.equal(await scanCommand(json ? ["--json", "."] : ["."], host, faulty()), 23);
    assert.deepEqual(host.stderr.lines, ['orbit: list "locked": permission denied']);
    assert.equal(host.stdout.lines.length, json ? 4 : 3);
    if (!json) continue;
    const records = host.stdout.lines.map((line) => JSON.parse(line));
    assert.deepEqual(records.map(({ seq }) => seq), [0, 1, 2, 3]);
    assert.equal(records[3].error.code, "denied");
  }
});

Deno.test("hash, chunk and verify go on past a file that can't be read, and exit with 23", async () => {
  const hash = new FakeHost();
  assert.equal(await hashCommand(["z", "a"], hash, faulty()), 23);
  assert.deepEqual(hash.stderr.lines, ['orbit: hash "z": permission denied']);
  assert.match(hash.stdout.text, /^[0-9a-f]{64} {2}a\n$/);
  const chunk = new FakeHost();
  assert.equal(await chunkCommand(["--json", "z", "a"], chunk, faulty()), 23);
  assert.deepEqual(chunk.stdout.lines.map((line) => JSON.parse(line).type), ["trouble", "chunk"]);
  const verify = new FakeHost();
  verify.stdin = new TextEncoder().encode(
    hash.stdout.text + hash.stdout.text.replace("a\n", "z\n"),
  );
  assert.equal(await verifyCommand(["--manifest=-"], verify, faulty()), 23);
  assert.match(verify.stdout.text, /: 0 differences, 1 unreadable; /);
});

Deno.test("hash opens no more than the directories of its files", async () => {
  const reading = new FakeReading({ "/work/d/a": "", "/work/d/e/b": "", "/other/c": "" });
  const host = new FakeHost();
  assert.equal(await hashCommand(["d/a", "d/e/b", "/other/c"], host, reading), 0);
  assert.deepEqual(reading.opened, [["/other", "/work/d"]]);
});

Deno.test("verify shows progress on a terminal after a second, and takes it away", async () => {
  const host = new FakeHost();
  host.stderr.terminal = true;
  const inner = new FakeReading({ "/work/a": "a" });
  const reading: Reading = {
    realPath: inner.realPath,
    openSystem: async (options) => {
      host.pass(500);
      assert.equal(host.stderr.text, "");
      host.pass(600);
      assert.match(host.stderr.text, /0 files, 0 B compared/);
      return await inner.openSystem(options);
    },
  };
  const hex = "17762fddd969a453925d65717ac3eea21320b66b54342fde15128d6caf21215f";
  host.stdin = new TextEncoder().encode(`${hex}  a\n`);
  assert.equal(await verifyCommand(["--manifest=-"], host, reading), 0);
  assert(host.stderr.text.endsWith("\r\x1b[2K"));
  assert.equal(host.leaks, 0);
});

Deno.test("a request to stop ends reading with 20", async () => {
  for (const command of [scanCommand, hashCommand, chunkCommand]) {
    const host = new FakeHost();
    const inner = new FakeReading({ "/work/a": "a" });
    const reading: Reading = {
      realPath: inner.realPath,
      openSystem: async (options) => {
        host.stop("SIGINT");
        return await inner.openSystem(options);
      },
    };
    assert.equal(await command(["a"], host, reading), 20);
    assert.equal(host.stdout.text, "");
    assert.equal(host.leaks, 0);
  }
});

Deno.test("commands that read refuse wrong arguments before they open anything", async () => {
  const wrong: [number, string[], RegExp][] = [
    [0, [], /missing argument: needs PATH/],
    [0, ["a", "b"], /unexpected argument "b"/],
    [1, ["--quiet", "a"], /goes with --check/],
    [1, ["--jobs=0", "a"], /--jobs "0"/],
    [2, [], /needs FILE/],
    [2, ["--average=1000", "a"], /check chunk parameters/],
    [3, ["a"], /needs SRC DST/],
    [3, ["a", "host:b"], /names another machine/],
    [3, ["--strict", "a", "b"], /goes with --manifest/],
    [3, ["--manifest=m", "--metadata"], /a manifest holds no metadata/],
    [3, ["--manifest=m", "a", "b"], /unexpected argument "b"/],
  ];
  for (const [index, args, message] of wrong) {
    const reading = new FakeReading({ "/work/a": "", "/work/m": "" });
    const run = COMMANDS[index](args, new FakeHost(), reading);
    await assert.rejects(run, { code: "invalid", message }, args.join(" "));
    assert.deepEqual(reading.opened, []);
  }
});
