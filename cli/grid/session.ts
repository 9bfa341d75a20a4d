/** A Nucleus that was reached by HTTPS. */
import { systemClock } from "#core/clock.ts";
import { GridApi } from "#core/grid_api/mod.ts";
import type { GridSession } from "#core/grid_commands/mod.ts";
import type { Host } from "#core/program/host.ts";
import { type ConnectionSettings, findTarget } from "./connection.ts";
import { HttpsNucleus, type HttpsTarget } from "./https.ts";

/** @throws {OrbitError} as {@linkcode findTarget}. */
export async function openRemoteSession(
  settings: ConnectionSettings,
  host: Host,
  signal: AbortSignal,
): Promise<GridSession> {
  return sessionWith(await findTarget(settings, host, systemClock, signal));
}

/** A session with a Nucleus that is known already. */
export function sessionWith(target: HttpsTarget): GridSession {
  const nucleus = new HttpsNucleus(target, systemClock);
  return {
    api: new GridApi(nucleus.send),
    [Symbol.asyncDispose]() {
      nucleus[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}
