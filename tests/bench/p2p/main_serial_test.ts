/** The benchmark runs; what it measures isn't judged here. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { hasCommand } from "../../../tools/peers.ts";
import { PEERS } from "./peers.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

Deno.test({
  name: "bench:p2p copies from Star to Star, and counts what the Nucleus hears of it",
  // Installing them is the benchmark's, not a test's.
  ignore: !PEERS.every(({ command }) => hasCommand(command)),
  async fn() {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "-A", MAIN, "--json", "--runs=1", "--scale=0.002", "--only=big,traffic"],
      stderr: "inherit",
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert.equal(code, 0, text);
    const [big, traffic] = JSON.parse(text).rows;
    assert.equal(big.figures.length, 5, text);
    for (const { what, value } of big.figures) assert.ok(value > 0, what);
    const [nucleus, stars] = traffic.figures;
    // Content went by the link, and not through the Nucleus.
    assert.ok(stars.value > 2 && nucleus.value > 0 && nucleus.value < 1000, text);
  },
});
