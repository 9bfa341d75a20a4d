/** A file worker whose disk follows the rules in its address. */
import { createFaultyDisk } from "#core/system/disk_faulty.ts";
import { openDisk } from "#core/system/open_disk.ts";
import { serveFileWork } from "#core/system/worker_main.ts";
import { enterKernelWall } from "#core/system/worker_walls.ts";
import { createFaultPlan, needsPrograms, rulesOf } from "./rules.ts";

const rules = rulesOf(import.meta.url);
const plan = createFaultPlan(rules);
const open: typeof openDisk = async (driver, roots, options) =>
  createFaultyDisk(await openDisk(driver, roots, options), plan);

serveFileWork(open, {
  giveUpLibraries: () => {}, // the rules' own calls are loaded when they are needed
  enterKernelWall: needsPrograms(rules) ? () => ({ reason: "left out" }) : enterKernelWall,
});
