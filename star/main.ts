/** `orbit-star`: the composition root. */
import { createDenoHost } from "#core/program/deno_host.ts";
import { runProgram } from "#core/program/run_program.ts";
import { orbitStar } from "./registry.ts";

if (import.meta.main) {
  const host = createDenoHost("orbit-star");
  host.exit(await runProgram(orbitStar, Deno.args, host));
}
