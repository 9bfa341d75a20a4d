/** The soak in short; all of it is `deno task soak:kills`. */
import assert from "node:assert/strict";
import { describe, surviveKills } from "./many_kills.ts";

const KILLS = 12;

Deno.test("kill -9 of any of the three at random points of 500 files: each costs a tenth at most", async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0];
  const what = `deno task soak:kills --kills=${KILLS} --seed=${seed}`;
  const report = await surviveKills({ kills: KILLS, seed }).catch((cause) => {
    throw new Error(what, { cause });
  });
  assert(report.worst <= report.content / 10, `${what}: ${describe(report)}`);
});
