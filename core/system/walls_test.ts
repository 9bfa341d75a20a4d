import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { type Walls, weakestWalls } from "./walls.ts";

const strong: Walls = { app: "openat2", runtime: true, kernel: "landlock ABI 7", whyNot: {} };

Deno.test("weakestWalls lets a wall stand where it stands for each", () => {
  deepEqual(weakestWalls([strong]), strong);
  deepEqual(weakestWalls([strong, strong]), strong);
  const kernelless: Walls = { ...strong, kernel: null, whyNot: { kernel: "too old" } };
  deepEqual(weakestWalls([strong, kernelless, strong]), kernelless);
  const pure: Walls = { ...strong, app: "resolve" };
  deepEqual(weakestWalls([pure, strong]).app, "resolve");
  deepEqual(weakestWalls([strong, pure]).app, "resolve");
  const open: Walls = { ...strong, app: null, runtime: false, whyNot: { app: "a", runtime: "r" } };
  deepEqual(weakestWalls([open, pure, kernelless]), {
    app: null,
    runtime: false,
    kernel: null,
    whyNot: { app: "a", runtime: "r", kernel: "too old" },
  });
});
