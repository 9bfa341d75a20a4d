/**
 * Runs `orbit sync` for real: finds the ends and starts file workers. What only comes after that
 * is imported while the workers start.
 */
import { prepareSync } from "#core/sync/prepare.ts";
import type { SyncReport } from "#core/sync/events.ts";
import type { SyncRequest } from "#core/sync/options.ts";
import { beginScans } from "#core/sync/source_scans.ts";
import { type LocalSystemOptions, startLocalSystem } from "#core/system/local_system.ts";
import { openDisk } from "#core/system/open_disk.ts";
import { realPath } from "../files.ts";
import type { Host } from "#core/program/host.ts";
import { stateFolder } from "../state.ts";
import type { SyncRunOptions } from "./run.ts";

/**
 * Runs a request on this machine; see `RunSync`.
 *
 * @param workers Another program for file workers; for fault tests.
 */
export async function runLocalSync(
  request: SyncRequest,
  options: SyncRunOptions,
  host: Host,
  workers: Pick<LocalSystemOptions, "program"> = {},
): Promise<SyncReport> {
  if (!options.watch) return await runOnce(request, options, host, workers);
  const { watchSync } = await import("./watch.ts");
  const run = (options: SyncRunOptions) => runOnce(request, options, host, workers);
  return await watchSync(request, options, run, [request.destination, stateFolder(host)]);
}

async function runOnce(
  request: SyncRequest,
  options: SyncRunOptions,
  host: Host,
  workers: Pick<LocalSystemOptions, "program">,
): Promise<SyncReport> {
  const disk = await openDisk("auto", ["/"]);
  const preparation = prepareSync(request, disk, realPath);
  const width = options.jobs ?? Math.min(8, Math.max(2, navigator.hardwareConcurrency));
  await using system = startLocalSystem({
    read: preparation.read,
    write: preparation.write,
    linkFrom: preparation.linkFrom,
    width,
    signal: options.signal,
    ...workers,
  });
  const begun = beginScans(preparation.sync, system, {
    everyFile: options.manifest !== undefined,
  });
  const [next] = await Promise.all([import("./prepared.ts"), system.stand()]);
  const features = [disk.features, disk.features] as const; // the workers open no other
  const prepared = { request, preparation, system, features, begun, width };
  return await next.runPreparation(prepared, options, host);
}
