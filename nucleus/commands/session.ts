/**
 * The REST surface of a Nucleus on this machine: the running one's, by its socket, or, when none
 * runs, the same surface in this process over the same databases.
 */
import { join } from "node:path";
import { systemClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { GridApi } from "#core/grid_api/mod.ts";
import type { GridSession } from "#core/grid_commands/mod.ts";
import { silentLogger } from "#core/log/mod.ts";
import { decodeScanBatch } from "#core/remote/mod.ts";
import { createApi } from "../api/mod.ts";
import { ownRoots } from "../config/mod.ts";
import { DataFile } from "../data/folder.ts";
import { JobChanges } from "../jobs/changes.ts";
import { createIdleDesk } from "../jobs/desk.ts";
import { openParts } from "../server.ts";
import type { NucleusPlace } from "./place.ts";

/** How long another command may hold the databases, or a Nucleus may take to start. */
const PATIENCE_MS = 3000;
const PAUSE_MS = 50;

/**
 * @throws {OrbitError} `not_found` when there is no Nucleus in the folder; `conflict` when its
 * databases stay in use by what doesn't answer.
 */
export async function openSession(place: NucleusPlace, signal: AbortSignal): Promise<GridSession> {
  const clock = systemClock;
  const giveUpAt = clock.elapsed() + PATIENCE_MS;
  for (;;) {
    const running = await dial(join(place.folder, DataFile.socket));
    if (running !== undefined) return running;
    try {
      return await openIdle(place);
    } catch (error) {
      const isHeld = error instanceof OrbitError && error.code === "conflict";
      if (!isHeld || clock.elapsed() >= giveUpAt) throw error;
    }
    await clock.sleep(PAUSE_MS, { signal });
  }
}

/** The running Nucleus; undefined when none listens. */
async function dial(path: string): Promise<GridSession | undefined> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    if (isNobody(error)) return undefined;
    const why = error instanceof Error ? error.message : `${error}`;
    throw new OrbitError("denied", `reach Nucleus by "${path}": ${why}`);
  }
  const client = Deno.createHttpClient({ proxy: { transport: "unix", path } });
  const api = new GridApi(async (request) => {
    try {
      return await fetch(request, { client });
    } catch (error) {
      request.signal.throwIfAborted();
      const why = error instanceof Error ? error.message : `${error}`;
      throw new OrbitError("unavailable", `ask Nucleus by "${path}": ${why}`);
    }
  });
  return {
    api,
    [Symbol.asyncDispose]() {
      client.close();
      return Promise.resolve();
    },
  };
}

function isNobody(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.ConnectionRefused;
}

async function openIdle(place: NucleusPlace): Promise<GridSession> {
  const clock = systemClock, log = silentLogger;
  const parts = await openParts(place, { clock, log });
  const { store, adoption, jobs } = parts;
  const api = createApi({
    ...{ store, adoption, clock, log },
    joinTokenLifetimeMs: place.config.tokens.lifetime,
    jobs: {
      store: jobs,
      desk: createIdleDesk(jobs),
      changes: new JobChanges(),
      localRoots: ownRoots(place.config),
      decodeScan: decodeScanBatch,
    },
  });
  return {
    api: new GridApi(async (request) => await api.fetch(request, { caller: { via: "machine" } })),
    [Symbol.asyncDispose]() {
      parts[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}
