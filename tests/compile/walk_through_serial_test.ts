/** The packed programs on machines without Deno: few programs on the PATH, an empty home. */
import { walkThrough } from "../grid/walk_through.ts";
import { PackedOrbit } from "./bed.ts";

Deno.test("a new user's way through a grid, packed", async (t) => {
  using packed = await PackedOrbit.make();
  const executables = await packed.writeAll();
  await walkThrough(t, (program, args, home) => ({
    path: executables.get(program)!,
    options: { args, cwd: home, clearEnv: true, env: packed.environment(home) },
  }));
});
