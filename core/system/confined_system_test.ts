import { openConfinedSystem } from "./confined_system.ts";
import { rejectsAs } from "./system_conformance_help.ts";

// What it does to a program is tried in `tests/walls`: no test here could go on after it.
Deno.test("openConfinedSystem refuses roots that make no sense, and gives nothing up", async () => {
  await rejectsAs("invalid", openConfinedSystem({ roots: [] }));
  const useless = { path: "/tmp", read: false, write: false };
  await rejectsAs("invalid", openConfinedSystem({ roots: [useless] }));
  const relative = { path: "tmp", read: true, write: false };
  await rejectsAs("invalid", openConfinedSystem({ roots: [relative] }));
  const missing = { path: "/tmp/orbit-no-such-root", read: true, write: false };
  await rejectsAs("not_found", openConfinedSystem({ roots: [missing], width: 1 }));
  Deno.statSync("/");
});
