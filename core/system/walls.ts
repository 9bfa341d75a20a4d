/** The three walls around file work, as they are found by trying. */

/** Which walls stand. Each keeps file work to its roots by itself. */
export interface Walls {
  /**
   * Orbit's own: paths are resolved beneath held roots by the kernel (`openat2`), or checked before
   * and after opening (`resolve`); null when a path outside the roots could be opened.
   */
  app: "openat2" | "resolve" | null;
  /** Deno's: the worker's permissions name the roots only. */
  runtime: boolean;
  /** The kernel's, such as `landlock ABI 7`; null where it doesn't stand. */
  kernel: string | null;
  /** Why a wall doesn't stand, for a person. */
  whyNot: { app?: string; runtime?: string; kernel?: string };
}

/** What holds for several workers: a wall stands where it stands for each. */
export function weakestWalls(all: readonly Walls[]): Walls {
  return all.reduce((a, b) => ({
    app: a.app === null || b.app === null ? null : a.app === "resolve" ? a.app : b.app,
    runtime: a.runtime && b.runtime,
    kernel: b.kernel === null ? null : a.kernel,
    whyNot: { ...a.whyNot, ...b.whyNot },
  }));
}
