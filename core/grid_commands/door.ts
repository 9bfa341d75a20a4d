/** How a command reaches a Nucleus; each program has a way of its own. */
import type { GridApi } from "#core/grid_api/mod.ts";
import type { Option } from "#core/program/arguments/option.ts";
import type { Host } from "#core/program/host.ts";

/** A Nucleus that was reached. */
export interface GridSession extends AsyncDisposable {
  readonly api: GridApi;
}

/** What a program's commands on a grid have in common. Made anew for each command line. */
export interface GridDoor {
  /** The program's name, for help. */
  readonly program: string;
  /** What the program calls each of the commands. */
  readonly words: Readonly<Record<GridCommand, string>>;
  /** Options that say which Nucleus; they take effect on the door itself. */
  readonly options: readonly Option<unknown>[];
  /** @throws {OrbitError} when the Nucleus can't be reached. */
  open(host: Host, signal: AbortSignal): Promise<GridSession>;
}

/** The commands on a grid. */
export type GridCommand = "stars" | "tokens" | "jobs" | "audit";
