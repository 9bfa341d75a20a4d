/** The soak: `deno task soak:kills [--kills=100] [--seed=N]`. */
import { parseArgs } from "node:util";
import { describe, surviveKills } from "./many_kills.ts";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "100" }, seed: { type: "string" } },
});
const seed = Number(values.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
console.log(`seed ${seed}`);
const report = await surviveKills({ kills: Number(values.kills), seed });
console.log(describe(report));
if (report.worst > report.content / 10) {
  console.error("a death cost more than a tenth");
  Deno.exit(1);
}
