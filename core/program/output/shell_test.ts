import assert from "node:assert/strict";
import { optionOf, shellLine } from "./shell.ts";

Deno.test("shellLine quotes what a shell would take apart", () => {
  const state = optionOf("state", "/it's/a $dir");
  assert.equal(
    shellLine("orbit-star", "run", undefined, state),
    "orbit-star run '--state=/it'\\''s/a $dir'",
  );
  assert.equal(shellLine("run", optionOf("data", "/srv/orbit-1")), "run --data=/srv/orbit-1");
  assert.equal(optionOf("data", undefined), undefined);
});
