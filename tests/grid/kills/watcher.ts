/** Looks at what is visible at a destination while others write there. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";

/** What is there under final names must be what the source has, whenever one looks. */
export class Watcher {
  /** Files that were compared, with what would tell that they were changed since. */
  readonly #seen = new Map<string, { version: string; bytes: number }>();

  constructor(readonly at: string, readonly source: string) {}

  /**
   * Compares what is new. @returns Bytes of all files that are there under their final names.
   *
   * @throws when one isn't, whole, what the source has.
   */
  look(): number {
    let bytes = 0;
    for (const path of filesBelow(this.at)) bytes += this.#compare(path);
    return bytes;
  }

  #compare(path: string): number {
    const { ino, size, mtime } = Deno.statSync(join(this.at, path));
    const version = `${ino} ${size} ${mtime?.getTime()}`;
    const known = this.#seen.get(path);
    if (known?.version === version) return known.bytes;
    const [here, there] = [this.at, this.source].map((base) => Deno.readFileSync(join(base, path)));
    assert(Buffer.from(here).equals(there), `${path} is visible with ${here.length} bytes`);
    this.#seen.set(path, { version, bytes: here.length });
    return here.length;
  }
}

/** Paths of all files but those being staged; none when the directory isn't there. */
function* filesBelow(base: string, beneath = ""): Generator<string> {
  for (const { name, isDirectory, isFile } of list(join(base, beneath))) {
    const path = join(beneath, name);
    if (isDirectory) yield* filesBelow(base, path);
    else if (isFile && !name.startsWith(".orbit-")) yield path;
  }
}

function list(path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
