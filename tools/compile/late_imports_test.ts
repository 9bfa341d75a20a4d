import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { hideLateImports } from "./late_imports.ts";

const CODE = {
  "cli/main.js": `import { a } from "../shared.js";\nawait import("../command.js");`,
  "command.js": `export const b = () => import("./deeper.js");`,
  "deeper.js": `export const text = 'from "nowhere"';`,
  "shared.js": `export const a = () => import("./pure.js");`,
  "pure.js": `export * from"./below.js"`,
  "below.js": `export const c = () => import("./lowest.js");`,
  "core/worker.js": `import "../shared.js";`,
  "assets/page.html": `import("./as_it_is.js")`,
};

Deno.test("late imports are hidden but from workers, and from what they may load", () => {
  const files = Object.entries(CODE).map(([path, code]) => ({
    ...{ path, mode: 0o400, bytes: new TextEncoder().encode(code) },
  }));
  const hidden = hideLateImports(files, ["core/worker.js"]);
  const changed = hidden.map(({ path, bytes }) => [path, new TextDecoder().decode(bytes)])
    .filter(([path, code]) => code !== CODE[path as keyof typeof CODE]);
  deepEqual(changed, [
    ["cli/main.js", `import { a } from "../shared.js";\nawait import(String("../command.js"));`],
    ["command.js", `export const b = () => import(String("./deeper.js"));`],
  ]);
});
