/** A million files in one directory: planned and compared in a memory that doesn't grow with them. */
import assert from "node:assert/strict";
import { mountTmpfs } from "../support/mount.ts";
import type { OrbitProcess, OrbitResult } from "../support/run.ts";
import { Bed } from "./bed.ts";

const COUNT = 1_000_000;
const MAX_RESIDENT_KB = 400 * 1024;

const mounts = { sizeBytes: 1 << 30, inodes: 2 * COUNT + 100 };
const canMount = (() => {
  using mounted = mountTmpfs(mounts);
  return mounted !== null;
})();

/** Runs to the end; the most memory that was resident, in KB, as the kernel kept count. */
async function watch(process: OrbitProcess): Promise<{ result: OrbitResult; peakKb: number }> {
  let peakKb = 0;
  const timer = setInterval(() => peakKb = Math.max(peakKb, residentKb(process.pid)), 100);
  const result = await process.result.finally(() => clearInterval(timer));
  return { result, peakKb };
}

function residentKb(pid: number): number {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`));
    return found === null ? 0 : Number(found[1]);
  } catch {
    return 0; // it has just ended
  }
}

/** Hard links of one empty file: the cheapest files there are. */
const makeFiles = (folder: string) =>
  `perl -e 'open F, ">${folder}/0"; for (1..${
    COUNT - 1
  }) { link "${folder}/0", "${folder}/$_" or die $! }'`;

Deno.test({
  name: "a sync of a directory of a million files stays small",
  ignore: !canMount,
  async fn() {
    using bed = new Bed(mountTmpfs(mounts)!);
    bed.run(makeFiles("src"));
    {
      await using process = bed.start(["sync", "-n", "--stats", "src/", "dst"]);
      const { result: { code, stdout, stderr }, peakKb } = await watch(process);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^Number of files: 1,000,000 /m);
      assert.match(stderr, /would copy 1,000,000 files/);
      assert.ok(peakKb > 0 && peakKb < MAX_RESIDENT_KB, `${peakKb} KB were resident`);
    }
    bed.run(makeFiles("dst"), "touch -r src/0 dst/0");
    await using process = bed.start(["sync", "--stats", "--delete", "src/", "dst"]);
    const { result: { code, stdout, stderr }, peakKb } = await watch(process);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Number of unchanged regular files: 1,000,000$/m);
    assert.ok(peakKb > 0 && peakKb < MAX_RESIDENT_KB, `${peakKb} KB were resident`);
  },
});
