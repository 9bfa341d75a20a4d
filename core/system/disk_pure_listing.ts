/** A listed directory of the pure driver. */
import { attempt, errnoOf } from "#core/deno_errors.ts";
import { OrbitError, toErrorData, toOrbitError } from "#core/errors.ts";
import { compareNames, encodeName } from "#core/names.ts";
import type { DescribeOptions, DirectoryListing } from "./disk.ts";
import { toFacts } from "./disk_pure_facts.ts";
import { refuseAttributes } from "./disk_pure_metadata.ts";
import type { PurePlace, PureRoots } from "./disk_pure_roots.ts";
import { joinPath } from "./relative_path.ts";
import type { ScanBatchBuilder } from "./scan_batch_builder.ts";

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
   * @param directory Where it lies, without links.
   * @param asked How the user of the tree named it.
   */
  constructor(
    readonly roots: PureRoots,
    readonly directory: PurePlace,
    readonly asked: string,
    names: Iterable<PureName>,
  ) {
    // What isn't UTF-8 may look like another name that isn't either: each is told of.
    this.#names = [...names].sort((a, b) => compareNames(a.name, b.name))
      .filter(({ name }, i, all) => name !== all[i - 1]?.name || name.includes(replacement));
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
    const { jail } = this.directory;
    const place = { jail, path: joinPath(this.directory.path, name) };
    const info = this.#lookAt(place, path, options.follow);
    if (info === null) return name.includes(replacement) ? noteByteName(into, path) : 0;
    const link = info.isSymlink ? readTarget(place, path, into) : undefined;
    if (link === null) return 0;
    jail.checkDirectory("look at", path, this.directory.path);
    const facts = toFacts(info);
    into.addEntry(encodeName(name), { ...facts, linkBytes: link });
    return facts.mode;
  }

  [Symbol.dispose](): void {}

  /** Two names of other bytes became one text: at most the first is a name that can be used. */
  #isRepeated(index: number): boolean {
    return index > 0 && this.#names[index - 1].name === this.#names[index].name;
  }

  #lookAt(place: PurePlace, path: string, follow: boolean): Deno.FileInfo | null {
    const info = lookAtEntry(place, path);
    if (!follow || !info?.isSymlink) return info;
    try {
      return lookAtEntry(this.roots.follow("look at", place), path) ?? info;
    } catch (error) {
      if (error instanceof OrbitError) return info;
      throw error;
    }
  }
}

function lookAtEntry({ jail, path: real }: PurePlace, path: string): Deno.FileInfo | null {
  try {
    return attempt("look at", path, () => Deno.lstatSync(jail.at(real)));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw error;
  }
}

/** A link's target; null when it vanished or can't be told, which is then noted. */
function readTarget({ jail, path: real }: PurePlace, path: string, into: ScanBatchBuilder) {
  try {
    return encodeName(attempt("read link", path, () => Deno.readLinkSync(jail.at(real))));
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") into.addTrouble(path, toErrorData(toOrbitError(error)));
    return null;
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
