/** `orbit sync --watch` with a real process and the system's own change events. */
import assert from "node:assert/strict";
import { startOrbit } from "../support/run.ts";
import { scriptedPair } from "./pair.ts";

Deno.test("sync --watch copies what changes, also in new folders, until interrupted", async () => {
  using pair = scriptedPair(["echo a > source/a; mkdir source/d"]);
  const args = ["sync", "--watch", "-v", "--delete", "--max-delete=100%", "source/", "mine/"];
  await using running = startOrbit(args, { cwd: pair.root, home: `${pair.root}/home` });
  await running.waitFor(/watching the source for changes/, "stderr");
  assert.equal(Deno.readTextFileSync(`${pair.mine}/a`), "a\n");

  Deno.writeTextFileSync(`${pair.source}/d/b`, "b");
  await running.waitFor(/^d\/b$/m);
  Deno.mkdirSync(`${pair.source}/e`);
  await running.waitFor(/^e\/$/m);
  Deno.writeTextFileSync(`${pair.source}/e/c`, "c");
  await running.waitFor(/^e\/c$/m);
  Deno.removeSync(`${pair.source}/a`);
  await running.waitFor(/^deleting a$/m);

  running.kill("SIGINT");
  const { code, stderr } = await running.result;
  assert.equal(code, 0, stderr);
  assert.equal(Deno.readTextFileSync(`${pair.mine}/d/b`), "b");
  assert.equal(Deno.readTextFileSync(`${pair.mine}/e/c`), "c");
});
