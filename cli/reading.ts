/** How commands that only read reach files. */
import type { OrbitSystem } from "#core/system/system.ts";
import { realPath } from "./files.ts";

/** What to open files with. */
export interface ReadingOptions {
  /** Absolute paths of directories; nothing outside can be read. */
  read: string[];
  /** File workers; as many as there are processors unless given. */
  width?: number;
  signal?: AbortSignal;
}

/** A way to files, so that tests can stand in for the disk. */
export interface Reading {
  /** Opens a system that reaches nothing but the given roots. */
  openSystem(options: ReadingOptions): Promise<OrbitSystem>;
  /**
   * An existing path without symbolic links.
   *
   * @throws Deno.errors.NotFound when there is nothing.
   */
  realPath(path: string): string;
}

/** This machine's files. */
export const localReading: Reading = {
  openSystem: async ({ read, width, signal }) => {
    const { openLocalSystem } = await import("#core/system/local_system.ts");
    return await openLocalSystem({ read, write: [], width, signal });
  },
  realPath,
};
