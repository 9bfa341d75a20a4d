/** A Star from start to end. */
import { Bandwidth } from "#core/bandwidth/bandwidth.ts";
import { type Clock, systemClock } from "#core/clock.ts";
import { LinkMeter } from "#core/link/meter.ts";
import type { Logger } from "#core/log/mod.ts";
import { openConfinedSystem } from "#core/system/confined_system.ts";
import { Transfers } from "#core/remote/lasting/transfers.ts";
import { openStateFiles, stateFile } from "#core/system/state_files.ts";
import { lockFolder } from "../lock.ts";
import { StateFile } from "../state.ts";
import { LateGiving } from "../serve/late_giving.ts";
import { nucleusCheck } from "../serve/listen.ts";
import { closedRoots } from "./roots.ts";
import { RunningStar } from "./running_star.ts";
import type { RunSettings } from "./settings.ts";

/**
 * Runs a Star until the signal aborts. The state folder is locked, and this process's own rights to
 * files are given up before anything is dialled or listened on.
 *
 * @throws {OrbitError} `unauthenticated` when the Star has to join again, and what speaks against
 * its state folder, its roots or its port.
 */
export async function runStar(
  settings: RunSettings,
  { log, signal, clock = systemClock }: { log: Logger; signal: AbortSignal; clock?: Clock },
): Promise<void> {
  using _lock = lockFolder(settings.folder);
  const hostname = Deno.hostname();
  const requireCaller = settings.listen === undefined ? undefined : await nucleusCheck();
  const universes = settings.universe ? await import("../universe/star_universe.ts") : undefined;
  const database = universes?.openStarDatabase(settings.folder, log);
  const knowing = database && universes;
  await using files = await openStateFiles(settings.folder);
  const { roots } = settings;
  for (const { path, to } of closedRoots(roots)) {
    log.warn(`the user that this Star runs as may not use a place that it serves`, {
      path,
      for: to,
    });
  }
  // Heartbeats go on to ask for facts of the machine, which the permission set names one by one.
  const { system, walls } = await openConfinedSystem({
    roots,
    name: "star",
    least: 1,
    keep: ["sys"],
  });
  await using _system = system;
  const { starId } = settings.identity;
  const meter = new LinkMeter();
  const [upload, download] = [settings.upload, settings.download].map((timetable) =>
    timetable.length === 0 ? undefined : new Bandwidth(timetable, clock)
  );
  await using universe = knowing && new knowing.StarUniverse(database!, { system, clock, log });
  using giving = new LateGiving({
    ...{ system, chunks: universe, files, starId, meter, limit: upload, clock, log },
  });
  const closing = new AbortController();
  const journal = stateFile(files, StateFile.transfers);
  const transfers = await Transfers.open({ journal, clock, log, signal: closing.signal });
  const star = new RunningStar({
    ...{ settings, log, clock, hostname, files, system, walls, requireCaller, giving, meter },
    ...{ closing, transfers, download, universe },
  });
  await star.run(signal);
}
