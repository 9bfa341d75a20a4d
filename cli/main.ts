/** `orbit`: the composition root. */
import { createDenoHost } from "#core/program/deno_host.ts";
import { runProgram } from "#core/program/run_program.ts";
import { needsNetwork } from "./grid/names_nucleus.ts";
import { orbit } from "./registry.ts";

if (import.meta.main) {
  // What is done on this machine alone is done without the network.
  if (!needsNetwork(Deno.args)) Deno.permissions.revokeSync({ name: "net" });
  const host = createDenoHost("orbit");
  host.exit(await runProgram(orbit, Deno.args, host));
}
