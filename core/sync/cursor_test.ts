import assert from "node:assert/strict";
import fc from "fast-check";
import { compareNames, encodeName } from "#core/names.ts";
import { FileType, ScanBatch } from "#core/system/scan_batch.ts";
import { ScanBatchBuilder } from "#core/system/scan_batch_builder.ts";
import { mergeRows, RowCursor, type RowVisitor } from "./cursor.ts";

/** One side: its names in order, cut into parts. `directories` of them are directories. */
interface Side {
  names: string[];
  cuts: number[];
  directories: Set<string>;
}

const name = fc.stringMatching(/^[a-d\u00e9]{1,3}$/);

const side: fc.Arbitrary<Side> = fc.record({
  names: fc.uniqueArray(name, { maxLength: 12 }).map((names) => names.sort(compareNames)),
  cuts: fc.array(fc.nat(12), { maxLength: 4 }),
  directories: fc.uniqueArray(name, { maxLength: 4 }).map((names) => new Set(names)),
});

/** A cursor over the side's parts, some of them empty. */
function cursorOver({ names, cuts, directories }: Side): RowCursor {
  const bounds = [0, ...cuts.map((cut) => Math.min(cut, names.length)), names.length]
    .sort((a, b) => a - b);
  const parts = bounds.slice(1).map((to, index) => {
    const builder = new ScanBatchBuilder();
    for (const name of names.slice(bounds[index], to)) {
      const type = directories.has(name) ? FileType.directory : FileType.file;
      builder.addEntry(encodeName(name), { ...plainEntry, mode: type });
    }
    builder.endPart("", { last: index === bounds.length - 2, complete: true, exists: true });
    const batch = new ScanBatch(builder.take());
    return { batch, part: batch.data.parts[0] };
  });
  const [first, ...rest] = parts;
  return new RowCursor(first.batch, first.part, () => Promise.resolve(rest.shift() ?? null));
}

const plainEntry = {
  uid: 0,
  gid: 0,
  nlink: 1,
  size: 0,
  mtime: 0,
  mtimeNs: 0,
  rdevMajor: 0,
  rdevMinor: 0,
  blocks: 0,
  ino: 1,
  devMajor: 0,
  devMinor: 0,
};

/** A visit as text: the name, and which sides have it. */
class Recorder implements RowVisitor {
  readonly visits: string[] = [];
  flushes = 0;

  visit(
    source: RowCursor | undefined,
    index: number,
    destination: RowCursor | undefined,
    links: readonly (RowCursor | undefined)[],
  ): void {
    const named = [source, destination, ...links].filter((cursor) => cursor !== undefined);
    const names = new Set(named.map((cursor) => cursor.batch.name(cursor.row)));
    assert.equal(names.size, 1);
    const chosen = source === undefined ? -1 : index;
    const linked = links.map((cursor) => cursor ? "l" : "-").join("");
    this.visits.push(`${[...names][0]} ${chosen} ${destination ? "d" : "-"} ${linked}`);
  }

  flush(): Promise<void> {
    this.flushes++;
    return Promise.resolve();
  }
}

/** The same by maps, without parts. */
function expectedVisits(sources: Side[], destination: Side, links: Side[]): string[] {
  const names = new Set([...sources, destination].flatMap((side) => side.names));
  return [...names].sort(compareNames).map((name) => {
    const having = sources.flatMap((side, index) => side.names.includes(name) ? [index] : []);
    const directory = having.find((index) => sources[index].directories.has(name));
    const index = directory ?? having[0] ?? -1;
    const there = destination.names.includes(name) ? "d" : "-";
    return `${name} ${index} ${there} ${
      links.map((side) => side.names.includes(name) ? "l" : "-").join("")
    }`;
  });
}

Deno.test("mergeRows visits every name once, in order, with the sides that have it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(side, { minLength: 1, maxLength: 3 }),
      side,
      fc.array(side, { maxLength: 2 }),
      async (sources, destination, links) => {
        const recorder = new Recorder();
        await mergeRows(
          sources.map(cursorOver),
          cursorOver(destination),
          links.map(cursorOver),
          recorder,
        );
        assert.deepEqual(recorder.visits, expectedVisits(sources, destination, links));
        assert.ok(recorder.flushes > 0);
      },
    ),
    { numRuns: 300 },
  );
});
