/** `orbit` as its users install it: the single executable, which doesn't read 200 modules first. */
import { fileURLToPath } from "node:url";
import { PROGRAMS } from "../../tools/compile/programs.ts";
import { makeExecutables } from "../../tools/compile/make.ts";
import { orbitEnvironment } from "../support/run.ts";
import { type Command, timeCommand } from "./measure.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** An executable in a folder of its own, and what it has unpacked. */
export class PackedOrbit {
  readonly #path: string;
  readonly #cache: string;

  private constructor(folder: string, path: string) {
    this.#path = path;
    this.#cache = `${folder}/cache`;
  }

  /** Makes it in `folder`, and starts it once, so that no start that is measured unpacks. */
  static async make(folder: string): Promise<PackedOrbit> {
    Deno.mkdirSync(folder, { mode: 0o700 });
    const programs = PROGRAMS.filter(({ name }) => name === "orbit");
    const compression = "gzip";
    const made = makeExecutables(ROOT, { programs, out: folder, compression, permissions: [] });
    for await (const { path } of made) {
      const orbit = new PackedOrbit(folder, path);
      await timeCommand(orbit.command(["--version"], folder));
      return orbit;
    }
    throw new Error("pack orbit: nothing was made");
  }

  command(args: readonly string[], home: string): Command {
    const env = { ...orbitEnvironment(home), XDG_CACHE_HOME: this.#cache };
    return { argv: [this.#path, ...args], env };
  }
}
