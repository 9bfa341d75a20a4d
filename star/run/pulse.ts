/** What heartbeats say of the machine. */
import type { OrbitSystem } from "#core/system/mod.ts";
import type { Root } from "#core/program/roots.ts";
import { MachineMeter } from "../facts.ts";
import type { Pulse } from "../link/messages.ts";
import type { RootStatus } from "../status.ts";

/** How long a disk may take to say how full it is; one that hangs holds up nothing else. */
const SPACE_MS = 30_000;

/** Looks at the machine; never waits for a disk. */
export class PulseMeter {
  readonly #meter = new MachineMeter();
  readonly #roots: readonly Root[];
  readonly #system: Pick<OrbitSystem, "inspect">;
  readonly #spaces = new Map<string, { freeBytes: number; totalBytes: number }>();
  #looking: Promise<void> | undefined;

  constructor(roots: readonly Root[], system: Pick<OrbitSystem, "inspect">) {
    this.#roots = roots;
    this.#system = system;
  }

  /** Facts of this moment, and how full the disks were when they were last asked. */
  look(): Pick<Pulse, "disks"> & ReturnType<MachineMeter["look"]> {
    this.refresh();
    const disks = this.#roots.flatMap(({ path }) => {
      const space = this.#spaces.get(path);
      return space === undefined ? [] : [{ path, ...space }];
    });
    return { ...this.#meter.look(), disks };
  }

  /** Roots as `orbit-star status` shows them. */
  roots(): RootStatus[] {
    return this.#roots.map(({ path, read, write }) => ({
      ...{ path, read, write },
      ...this.#spaces.get(path),
    }));
  }

  /** Asks the disks; resolves when they have answered. */
  refresh(): Promise<void> {
    return this.#looking ??= this.#lookAtDisks().finally(() => this.#looking = undefined);
  }

  async #lookAtDisks(): Promise<void> {
    const signal = AbortSignal.timeout(SPACE_MS);
    await Promise.all(this.#roots.map(async ({ path }) => {
      const { space } = await this.#system.inspect(path, { signal }).catch(() => ({
        space: undefined,
      }));
      if (space === undefined) return void this.#spaces.delete(path);
      const { freeBytes, totalBytes } = space;
      this.#spaces.set(path, { freeBytes, totalBytes });
    }));
  }
}
