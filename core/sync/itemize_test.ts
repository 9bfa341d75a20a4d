import assert from "node:assert/strict";
import { FileType } from "#core/system/scan_batch.ts";
import { Difference } from "./difference.ts";
import type { ActionKind } from "./events.ts";
import { itemize } from "./itemize.ts";

Deno.test("itemize writes what rsync -i writes", () => {
  const { file, directory, link, fifo, character } = FileType;
  const cases: [ActionKind, number, number | null, boolean, string][] = [
    ["copy", file, null, true, ">f+++++++++"],
    ["directory", directory, null, true, "cd+++++++++"],
    ["link", link, null, true, "cL+++++++++"],
    ["special", fifo, null, true, "cS+++++++++"],
    ["special", character, null, true, "cD+++++++++"],
    ["hardlink", file, null, true, "hf+++++++++"],
    ["copy", file, Difference.size | Difference.time, true, ">f.st......"],
    ["copy", file, Difference.content, true, ">fc........"],
    ["copy", file, Difference.size, false, ">f.sT......"],
    ["link", link, Difference.target, false, "cLc.T......"],
    ["attributes", directory, Difference.time, true, ".d..t......"],
    ["attributes", file, Difference.permissions | Difference.owner, true, ".f...po...."],
    ["attributes", file, Difference.group | Difference.acl, true, ".f.....g.a."],
  ];
  for (const [kind, mode, differences, keepsTimes, expected] of cases) {
    assert.equal(itemize(kind, mode | 0o644, differences, keepsTimes), expected);
  }
});
