/** `orbit`: the composition root. */
import { createDenoHost } from "#core/program/deno_host.ts";
import { runProgram } from "#core/program/run_program.ts";
import { orbit } from "./registry.ts";

if (import.meta.main) {
  const host = createDenoHost("orbit");
  host.exit(await runProgram(orbit, Deno.args, host));
}
