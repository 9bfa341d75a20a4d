/** Trees that change while they are copied: somebody else is at work on either side. */
import assert from "node:assert/strict";
import type { FaultOperation } from "#core/system/disk_faulty.ts";
import { Bed, endOf, findStaged } from "./bed.ts";
import type { BadDay } from "./faulty_orbit.ts";

/** A bad day on which a command runs in the bed just before a call, once. */
function meanwhile(bed: Bed, on: FaultOperation, path: string, side: string, run: string): BadDay {
  const once = `cd ${bed.path} && if mkdir ran 2>/dev/null; then ${run}; fi`;
  return { rules: [{ on: [on], path, tree: `/${side}$`, then: { run: once } }] };
}

const VICTIM = "echo before > src/victim; echo other > src/other; mkdir src/d; echo in > src/d/in";

Deno.test("a file that vanishes between scan and copy is named, and the status is 24", async () => {
  using bed = new Bed();
  bed.run(VICTIM);
  const badDay = meanwhile(bed, "openFile", "^victim$", "src", "rm src/victim");
  const { code, stderr } = await bed.sync([], { badDay });
  assert.deepEqual([code, stderr.split("\n")], [24, [
    'orbit: open "victim": no such file or directory',
    "orbit: 1 source file vanished; everything else was done",
    "",
  ]]);
  assert.equal(bed.run("cd dst; cat other d/in; ls"), "other\nin\nd\nother\n");
});

for (
  const { what, run, says } of [
    { what: "a directory", run: "mkdir src/victim", says: "is a directory|not a regular file" },
    { what: "a fifo", run: "mkfifo src/victim", says: "not a regular file|is not a file" },
    { what: "a link that leads outside", run: "ln -s ../outside src/victim", says: "link" },
  ]
) {
  Deno.test(`a file that becomes ${what} between scan and copy is named, and not followed`, async () => {
    using bed = new Bed();
    bed.run(VICTIM, "echo outside > outside");
    const badDay = meanwhile(bed, "openFile", "^victim$", "src", `rm src/victim && ${run}`);
    const { code, stderr } = await bed.sync([], { badDay });
    assert.equal(code, 23, stderr);
    assert.match(stderr, new RegExp(`^orbit: [^\n]*"victim": [^\n]*(${says})[^\n]*\n`));
    assert.equal(bed.run("cd dst; cat other d/in; ls"), "other\nin\nd\nother\n");
  });
}

Deno.test("a directory that becomes a file between scan and listing is named, and nothing is deleted", async () => {
  using bed = new Bed();
  bed.run(VICTIM, "echo gone > dst/gone");
  const badDay = meanwhile(bed, "list", "^d$", "src", "rm -r src/d; echo file > src/d");
  const { code, stderr } = await bed.sync(["--delete", "--max-delete=100%"], { badDay });
  assert.equal(code, 23, stderr);
  assert.match(stderr, /^orbit: list "d": not a directory\n/);
  assert.match(stderr, /\norbit: not everything could be listed, so nothing is deleted\n/);
  assert.equal(bed.run("cd dst; cat other victim gone"), "other\nbefore\ngone\n");
  const again = await bed.sync(["--delete", "--max-delete=100%"]);
  assert.deepEqual([again.code, bed.run("cat dst/d; ls dst")], [0, "file\nd\nother\nvictim\n"]);
});

for (const [kind, size] of [["small", "200K"], ["large", "70M"]]) {
  Deno.test(`a ${kind} file that grows all the time is reported as changed, never copied half`, async () => {
    using bed = new Bed();
    bed.run(
      `head -c ${size} /dev/urandom > src/growing; echo other > src/other; echo old > dst/growing`,
    );
    const append = `cd ${bed.path} && echo more >> src/growing`;
    const badDay: BadDay = {
      rules: [{ on: ["file.read"], path: "^growing$", tree: "/src$", then: { run: append } }],
    };
    const result = await bed.sync(["--json"], { badDay });
    assert.equal(result.code, 23, result.stderr);
    const line = 'orbit: copy "growing": file changed while it was read\n';
    assert.equal(result.stderr, `${line}orbit: 1 item failed; the others were done\n`);
    const { troubles } = endOf(result);
    assert.deepEqual(troubles.map(({ path, error }) => [path, error.code]), [[
      "growing",
      "conflict",
    ]]);
    assert.equal(bed.run("cat dst/growing dst/other"), "old\nother\n");
    assert.deepEqual(findStaged(bed.dst), []);
    assert.equal((await bed.sync()).code, 0);
    assert.equal(bed.run("cmp src/growing dst/growing"), "");
  });
}

Deno.test("a destination that is replaced by a link during the run is left to itself", async () => {
  using bed = new Bed();
  bed.run(VICTIM, "mkdir outside");
  const badDay = meanwhile(bed, "createFile", ".", "dst", "mv dst moved; ln -s outside dst");
  const { code, stderr } = await bed.sync([], { badDay });
  assert.ok(code === 0 || code === 23, stderr);
  assert.equal(bed.run("ls outside"), "");
});

Deno.test("a folder of the destination that is replaced by a link during the run is not followed", async () => {
  using bed = new Bed();
  bed.run(VICTIM, "mkdir outside");
  const badDay = meanwhile(bed, "createFile", "^d/", "dst", "rmdir dst/d; ln -s ../outside dst/d");
  const { code, stderr } = await bed.sync([], { badDay });
  assert.equal(code, 23, stderr);
  assert.match(stderr, /orbit: [^\n]*"d\/in": [^\n]*link/);
  assert.equal(bed.run("ls outside; cat dst/other dst/victim"), "other\nbefore\n");
});
