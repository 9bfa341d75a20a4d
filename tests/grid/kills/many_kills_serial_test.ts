/** The soak in short; all of it is `deno task soak:kills`. */
import assert from "node:assert/strict";
import { describe, surviveKills } from "./many_kills.ts";

const KILLS = 12;

Deno.test("kill -9 of any of the three at random points of 500 files: a death costs a tenth at most", async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0];
  const what = `deno task soak:kills --kills=${KILLS} --seed=${seed}`;
  const report = await surviveKills({ kills: KILLS, seed }).catch((cause) => {
    throw new Error(what, { cause });
  });
  const { content, sent, worst } = report;
  assert(sent - content <= KILLS * content / 10, `${what}: ${describe(report)}`);
  // What is on its way at a death isn't lost with it, as a rule: the next counts less by that.
  assert(worst <= content / 6, `${what}: ${describe(report)}`);
});
