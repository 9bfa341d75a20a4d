/** `orbit-nucleus`: the composition root. */
import { createDenoHost } from "#core/program/deno_host.ts";
import { runProgram } from "#core/program/run_program.ts";
import { orbitNucleus } from "./registry.ts";

if (import.meta.main) {
  const host = createDenoHost("orbit-nucleus");
  host.exit(await runProgram(orbitNucleus, Deno.args, host));
}
