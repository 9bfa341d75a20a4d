/**
 * Names that a destination would take for one: "Readme" and "README" where case doesn't count.
 * Both would be written to one file, so they are found before anything is.
 */
import { OrbitError } from "#core/errors.ts";
import type { Disk, FileFacts } from "#core/system/disk.ts";
import { baseName, joinPath, parentOf } from "#core/system/relative_path.ts";
import { mergeRows, RowCursor, type RowVisitor } from "./cursor.ts";
import { windows } from "./feed.ts";
import type { PreparedSync, SyncServices } from "./run_sync.ts";
import { readSources } from "./source_scans.ts";

/** Pairs that a refusal names. */
const MAX_NAMED = 10;

/**
 * Whether names that differ only in case are one name in an existing directory. Found by looking
 * for a thing that is there under its name in the other case; nothing is written.
 */
export function foldsCase(disk: Disk, directory: string): boolean {
  using tree = disk.openTree(directory);
  const here = tree.facts("");
  for (let path = directory; path !== "" && path !== "/"; path = parentOf(path)) {
    using parent = disk.openTree(parentOf(path) || "/");
    // Another file system has rules of its own.
    if (deviceOf(parent.facts("")) !== deviceOf(here)) break;
    const answer = compareFlipped((name) => parent.facts(name), baseName(path));
    if (answer !== undefined) return answer;
  }
  using listing = tree.list("");
  const names = Array.from({ length: listing.count }, (_, index) => listing.name(index));
  const listed = new Set(names);
  const telling = names.find((name) => !listed.has(flipCase(name)));
  return telling !== undefined && (compareFlipped((name) => tree.facts(name), telling) ?? false);
}

function deviceOf(facts: FileFacts | null): string | undefined {
  return facts === null ? undefined : `${facts.devMajor}.${facts.devMinor}`;
}

/** Undefined when the name has no letters, or isn't there. */
function compareFlipped(
  factsOf: (name: string) => FileFacts | null,
  name: string,
): boolean | undefined {
  const flipped = flipCase(name);
  const facts = flipped === name ? null : factsOf(name);
  if (facts === null) return undefined;
  const other = factsOf(flipped);
  return other !== null && other.ino === facts.ino && deviceOf(other) === deviceOf(facts);
}

/** ASCII letters in the other case; other scripts fold differently from system to system. */
function flipCase(name: string): string {
  return name.replace(/[a-zA-Z]/g, (letter) => {
    const lower = letter.toLowerCase();
    return letter === lower ? letter.toUpperCase() : lower;
  });
}

/**
 * Refuses a sync of names that a destination which folds case can't keep apart: several names of
 * the sources, or a source's name and the destination's other spelling of it.
 *
 * @throws OrbitError `conflict` naming the pairs.
 */
export async function refuseCollisions(
  sync: PreparedSync,
  { source, destination, signal }: Pick<SyncServices, "source" | "destination" | "signal">,
): Promise<void> {
  if (!sync.foldsCase) return;
  const found: [string, string][] = [];
  const readers = readSources(sync, source, signal, "none"); // troubles are the plan's to report
  const base = sync.baseExists ? sync.base : undefined;
  const others = {
    system: destination,
    base,
    linkDest: [],
    isNew: () => false,
    listWhole: true,
    attributes: "none" as const,
    signal,
  };
  try {
    for await (const { groups, destination: listings } of windows(readers, others)) {
      for (const { directory, cursors } of groups) {
        const next = await listings?.take();
        const there = next ? new RowCursor(next.batch, next.part, listings!.take) : undefined;
        const names = new FoldedNames(directory, found);
        await mergeRows(cursors, there, [], names);
      }
      await listings?.close();
    }
  } finally {
    await Promise.all(readers.map((reader) => reader.close()));
  }
  if (found.length > 0) throw collision(sync.base, found);
}

/** The names of one directory, by what they fold to. */
class FoldedNames implements RowVisitor {
  readonly #names = new Map<string, FoldedName>();

  constructor(readonly directory: string, readonly found: [string, string][]) {}

  visit(source: RowCursor | undefined, _index: number, destination: RowCursor | undefined): void {
    const cursor = source ?? destination!;
    const name = cursor.batch.name(cursor.row);
    const fromSource = source !== undefined;
    const folded = name.normalize("NFC").toLowerCase();
    const earlier = this.#names.get(folded);
    if (earlier === undefined) this.#names.set(folded, { name, fromSource });
    else if (collide(earlier, { name, fromSource })) {
      this.found.push([joinPath(this.directory, earlier.name), joinPath(this.directory, name)]);
    }
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }
}

interface FoldedName {
  name: string;
  fromSource: boolean;
}

/** A file system that rewrites names (to NFD, say) shows a source's own name in another form. */
function collide(a: FoldedName, b: FoldedName): boolean {
  if (a.fromSource && b.fromSource) return true;
  return (a.fromSource || b.fromSource) && a.name.normalize("NFC") !== b.name.normalize("NFC");
}

function collision(base: string, found: readonly [string, string][]): OrbitError {
  const named = found.slice(0, MAX_NAMED)
    .map(([a, b]) => `${JSON.stringify(a)} and ${JSON.stringify(b)}`);
  const rest = found.length > MAX_NAMED ? `, and ${found.length - MAX_NAMED} more pairs` : "";
  return new OrbitError(
    "conflict",
    `sync to ${JSON.stringify(base)}: case doesn't count in names there, so these are one: ` +
      `${named.join(", ")}${rest}`,
    { detail: { path: base } },
  );
}
