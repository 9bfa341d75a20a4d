import { walkThrough } from "./walk_through.ts";
import { fromSource } from "./programs.ts";

Deno.test("a new user's way through a grid, from source", async (t) => {
  await walkThrough(t, fromSource);
});
