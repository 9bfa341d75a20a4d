/** The way of `orbit-nucleus` to the Nucleus of this machine. */
import type { GridDoor } from "#core/grid_commands/mod.ts";
import { findPlace, placeOptions, type PlaceSettings } from "./place.ts";

/** A door for one command line. */
export function createAdminDoor(): GridDoor {
  const settings: PlaceSettings = {};
  return {
    program: "orbit-nucleus",
    words: { stars: "star", tokens: "token", jobs: "job", audit: "audit" },
    options: placeOptions(() => settings),
    open: async (host, signal) => {
      const { openSession } = await import("./session.ts");
      return await openSession(findPlace(settings, host), signal);
    },
  };
}
