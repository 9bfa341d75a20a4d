/** A listed directory of the pure driver. */
import { OrbitError, toErrorData, toOrbitError } from "#core/errors.ts";
import { compareNames, encodeName } from "#core/names.ts";
import type { DescribeOptions, DirectoryListing } from "./disk.ts";
import { attempt, errnoOf } from "./disk_pure_error.ts";
import { toFacts } from "./disk_pure_facts.ts";
import type { PureJail } from "./disk_pure_jail.ts";
import { refuseAttributes } from "./disk_pure_metadata.ts";
import { joinPath } from "./relative_path.ts";
import type { ScanBatchBuilder } from "./scan_batch.ts";

/** What Deno puts in place of the bytes of a name that are not UTF-8. */
const replacement = "\ufffd";

/** One name of a listing. */
export interface PureName {
  name: string;
  isDirectory: boolean;
}

/** A directory's names, and looks at its entries one by one. */
export class PureListing implements DirectoryListing {
  readonly #names: PureName[];

  /**
   * @param asked The directory as the user of the tree named it.
   * @param directory The same without links.
   */
  constructor(
    readonly jail: PureJail,
    readonly asked: string,
    readonly directory: string,
    names: Iterable<PureName>,
  ) {
    this.#names = [...names].sort((a, b) => compareNames(a.name, b.name));
  }

  get count(): number {
    return this.#names.length;
  }

  name(index: number): string {
    return this.#names[index].name;
  }

  isDirectory(index: number): boolean | undefined {
    const { name, isDirectory } = this.#names[index];
    return name.includes(replacement) ? undefined : isDirectory;
  }

  describe(index: number, into: ScanBatchBuilder, options: DescribeOptions): number {
    const { name } = this.#names[index];
    const path = joinPath(this.asked, name);
    if (options.attributes !== "none") refuseAttributes("read attributes of", path);
    if (this.#isRepeated(index)) return noteByteName(into, path);
    const real = joinPath(this.directory, name);
    const info = this.#lookAt(real, path, options.follow);
    if (info === null) return name.includes(replacement) ? noteByteName(into, path) : 0;
    let link: Uint8Array | undefined;
    try {
      if (info.isSymlink) {
        link = encodeName(attempt("read link", path, () => Deno.readLinkSync(this.jail.at(real))));
      }
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return 0;
      into.addTrouble(path, toErrorData(toOrbitError(error)));
      return 0;
    }
    this.jail.checkDirectory("look at", path, this.directory);
    const facts = toFacts(info);
    into.addEntry(encodeName(name), { ...facts, linkBytes: link });
    return facts.mode;
  }

  [Symbol.dispose](): void {}

  /** Two names of other bytes became one text: at most the first is a name that can be used. */
  #isRepeated(index: number): boolean {
    return index > 0 && this.#names[index - 1].name === this.#names[index].name;
  }

  #lookAt(real: string, path: string, follow: boolean): Deno.FileInfo | null {
    const info = this.#lookAtEntry(real, path);
    if (!follow || !info?.isSymlink) return info;
    try {
      return this.#lookAtEntry(this.jail.follow("look at", real), path) ?? info;
    } catch (error) {
      if (error instanceof OrbitError) return info;
      throw error;
    }
  }

  #lookAtEntry(real: string, path: string): Deno.FileInfo | null {
    try {
      return Deno.lstatSync(this.jail.at(real));
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return null;
      return attempt("look at", path, () => {
        throw error;
      });
    }
  }
}

function noteByteName(into: ScanBatchBuilder, path: string): 0 {
  const reason = "a name that is not UTF-8 needs the C library (posix driver)";
  const error = new OrbitError("unsupported", `look at ${JSON.stringify(path)}: ${reason}`, {
    detail: { path, errno: "EILSEQ" },
  });
  into.addTrouble(path, toErrorData(error));
  return 0;
}
