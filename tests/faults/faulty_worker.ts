/** A file worker whose disk follows the rules in its address. */
import { createFaultyDisk } from "#core/system/disk_faulty.ts";
import { openDisk } from "#core/system/open_disk.ts";
import { serveFileWork } from "#core/system/worker_main.ts";
import { createFaultPlan, rulesOf } from "./rules.ts";

const plan = createFaultPlan(rulesOf(import.meta.url));

serveFileWork(async (driver, roots) => createFaultyDisk(await openDisk(driver, roots), plan));
