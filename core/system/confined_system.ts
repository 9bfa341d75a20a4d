/** This machine's files for a program that is itself to reach none. */
import { OrbitError } from "#core/errors.ts";
import { type GivenUp, giveUpPermissions } from "./give_up_permissions.ts";
import { type LocalSystem, openLocalSystem } from "./local_system.ts";
import type { Walls } from "./walls.ts";

/** A place that may be used, and how. */
export interface ConfinedRoot {
  /** An absolute path. */
  path: string;
  read: boolean;
  /** Files are read back to verify what was written, so writing includes reading. */
  write: boolean;
}

/** Options of {@linkcode openConfinedSystem}. */
export interface ConfinedSystemOptions {
  /** At least one. */
  roots: readonly ConfinedRoot[];
  /** File workers; default one a processor, at least 2 and at most 8. */
  width?: number;
  /** How many of them there are while there is little to do; `width` unless given. */
  least?: number;
  /** What the system is called; "local" unless given. */
  name?: string;
  /** When aborted, work that is running stops at its next chance. */
  signal?: AbortSignal;
  /** Permissions that this program goes on to need; none unless given. */
  keep?: readonly GivenUp[];
}

/** What {@linkcode openConfinedSystem} gives. */
export interface ConfinedSystem {
  system: LocalSystem;
  /** Which walls stand around its file workers; ask `system.walls()` again later. */
  walls: Walls;
}

/**
 * Opens this machine's files under the given roots, then gives up this program's own permissions to
 * anything but the network and the environment (`giveUpPermissions`). Everything else that needs
 * files is opened before: `openStateFiles`, configuration, certificates, code that is only loaded
 * when it is used and isn't part of the program. Workers that die later are replaced all the same.
 *
 * @throws `invalid` when no root is given, or one that may neither be read nor written.
 * @throws `not_found` when a root doesn't exist.
 * @throws `denied` when this program lacks a permission that the workers need.
 */
export async function openConfinedSystem(
  { roots, keep, ...options }: ConfinedSystemOptions,
): Promise<ConfinedSystem> {
  checkRoots(roots);
  const pathsOf = (chosen: readonly ConfinedRoot[]) => chosen.map(({ path }) => path);
  const system = await openLocalSystem({
    ...options,
    read: pathsOf(roots.filter((root) => root.read && !root.write)),
    write: pathsOf(roots.filter((root) => root.write)),
    keeper: true,
  });
  try {
    giveUpPermissions({ keep });
    return { system, walls: await system.walls() };
  } catch (error) {
    await system[Symbol.asyncDispose]();
    throw error;
  }
}

function checkRoots(roots: readonly ConfinedRoot[]): void {
  if (roots.length === 0) throw new OrbitError("invalid", "open files: no root is given");
  for (const { path, read, write } of roots) {
    if (!path.startsWith("/")) {
      throw new OrbitError("invalid", `open root ${JSON.stringify(path)}: not an absolute path`);
    }
    if (!read && !write) {
      const reason = "may neither be read nor written";
      throw new OrbitError("invalid", `open root ${JSON.stringify(path)}: ${reason}`);
    }
  }
}
