/** A place for the universes of tests. */
import { openUniverse, type Universe, type UniverseOptions } from "./mod.ts";

/** A folder that goes with its scope. */
export class TemporaryFolder implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "universe-" });

  /** Opens the universe in it, without asking libc where it is. */
  open(options: UniverseOptions = {}): Universe {
    return openUniverse(this.path, { fileSystemType: () => 0xef53, ...options });
  }

  /** Copies the database as it is on disk now, as if its process had died at this moment. */
  copyTo(folder: string): void {
    for (const { name } of Deno.readDirSync(this.path)) {
      Deno.copyFileSync(`${this.path}/${name}`, `${folder}/${name}`);
    }
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}
