/** The way of `orbit` to a Nucleus, anywhere. */
import type { GridDoor } from "#core/grid_commands/mod.ts";
import { connectionOptions, type ConnectionSettings } from "./connection.ts";

/** A door for one command line. */
export function createRemoteDoor(): GridDoor {
  const settings: ConnectionSettings = {};
  return {
    program: "orbit",
    words: { stars: "stars", tokens: "tokens", jobs: "jobs", audit: "audit" },
    options: connectionOptions(() => settings),
    open: async (host, signal) => {
      const { openRemoteSession } = await import("./session.ts");
      return await openRemoteSession(settings, host, signal);
    },
  };
}
