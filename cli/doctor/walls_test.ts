import assert from "node:assert/strict";
import { checkWalls, toFindings } from "./walls.ts";

Deno.test("checkWalls finds the walls of this machine, none of them broken", async () => {
  const findings = await checkWalls();
  assert.deepEqual(findings.map(({ name }) => name), [
    ...["wall of paths", "wall of Deno", "wall of the kernel"],
  ]);
  for (const { name, status, text } of findings) assert.notEqual(status, "broken", name + text);
});

Deno.test("toFindings takes a missing kernel's wall for a limit, any other for a defect", () => {
  const whyNot = { app: "a way out", runtime: "too much", kernel: "too old" };
  const down = toFindings({ app: null, runtime: false, kernel: null, whyNot });
  assert.deepEqual(down.map(({ status, text }) => [status, text]), [
    ["broken", "a way out"],
    ["broken", "too much"],
    ["note", "too old"],
  ]);
  const up = toFindings({ app: "resolve", runtime: true, kernel: "landlock ABI 7", whyNot: {} });
  assert.deepEqual(up.map(({ status }) => status), ["ok", "ok", "ok"]);
  assert.match(up[2].text, /^landlock ABI 7 around/);
});
