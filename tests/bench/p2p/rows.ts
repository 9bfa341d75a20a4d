/** What is measured from Star to Star, and which bars it has to meet. */
import {
  bigFile,
  type Dataset,
  gibibyteFile,
  manyFiles,
  smallFiles,
  tenKilobyteFiles,
} from "../datasets.ts";
import type { Places } from "../grid/files.ts";
import type { Figure, Row, Settings } from "../grid/rows.ts";
import { Bed, raceFigures, secondsOf } from "./bed.ts";
import { run } from "./peers.ts";

const KB = 1e3, MB = 1e6, MIB = 2 ** 20;

/** All rows; each has a grid of its own. */
export const ROWS: readonly Row[] = [
  { id: "big", work: "one 2 GiB file", dataset: bigFile, run: copyBig },
  {
    id: "small",
    work: "20,000 files of 4–24 KB",
    dataset: smallFiles,
    run: (places, settings) => copyAgainstRsync(places, settings, { bar: 1 }),
  },
  { id: "idle", work: "nothing to do, 200,000 files", dataset: manyFiles, run: copyNothing },
  { id: "traffic", work: "what 1 GiB costs the Nucleus", dataset: gibibyteFile, run: countTraffic },
  {
    id: "delta",
    work: "1 GiB with one byte inserted at the front",
    dataset: gibibyteFile,
    run: copyChanged,
  },
  {
    id: "third",
    work: "the same 1 GiB to a third Star",
    dataset: gibibyteFile,
    run: copyTwice,
  },
  ...[50, 100].flatMap((roundTripMs) => [
    farRow("big", "one 2 GiB file", bigFile, roundTripMs),
    farRow("small", "10,000 files of 10 KB", tenKilobyteFiles, roundTripMs),
  ]),
];

function farRow(id: string, work: string, dataset: Dataset, roundTripMs: number): Row {
  return {
    id: `${id}-${roundTripMs}ms`,
    work: `${work}, ${roundTripMs} ms away`,
    dataset,
    run: (places, settings) => copyAgainstRsync(places, settings, { bar: 0.5, roundTripMs }),
  };
}

async function copyBig(places: Places, settings: Settings): Promise<Figure[]> {
  await using bed = await Bed.open(places);
  const { rsync, scp } = await bed.overSsh();
  const medians = await bed.race([bed.orbit(), rsync, scp, await bed.rclone()], settings);
  return raceFigures(medians, 0.6);
}

async function copyAgainstRsync(
  places: Places,
  settings: Settings,
  { bar, roundTripMs }: { bar: number; roundTripMs?: number },
): Promise<Figure[]> {
  await using bed = await Bed.open(places, { roundTripMs });
  const { rsync } = await bed.overSsh(roundTripMs);
  return raceFigures(await bed.race([bed.orbit(), rsync], settings), bar);
}

async function copyNothing(places: Places, settings: Settings): Promise<Figure[]> {
  await using bed = await Bed.open(places);
  const { rsync } = await bed.overSsh();
  await run("rsync", "-a", `${bed.source}/`, `${bed.target}/`);
  return raceFigures(await bed.race([bed.orbit(), rsync], settings, () => {}), 1.5);
}

async function countTraffic(places: Places): Promise<Figure[]> {
  await using bed = await Bed.open(places, { roundTripMs: 0 });
  const before = bed.grid.nucleusBytes();
  await bed.orbit().copy();
  const nucleusBytes = bed.grid.nucleusBytes() - before;
  await bed.check();
  return [
    { what: "between Nucleus and Stars", value: nucleusBytes / KB, unit: "KB", bar: 100 },
    { what: "from Star to Star", value: bed.grid.givenBy("nas-1") / MB, unit: "MB" },
  ];
}

async function copyChanged(places: Places, settings: Settings): Promise<Figure[]> {
  await using bed = await Bed.open(places, { roundTripMs: 0 });
  const { rsync } = await bed.overSsh();
  const file = `${bed.source}/file`, old = `${places.data}-old`;
  Deno.renameSync(file, old);
  await run("sh", "-c", '{ printf x; cat "$1"; } > "$2"', "sh", old, file);
  const reset = () => run("cp", "--preserve=timestamps", old, `${bed.target}/file`);
  await reset();
  const wire = await bytesOnTheWire(bed, () => bed.orbit().copy());
  const medians = await bed.race([bed.orbit(), rsync], settings, async () => void await reset());
  return [
    { what: "on the wire from the first Star", value: wire / MIB, unit: "MiB", bar: 2 },
    ...raceFigures(medians, 1),
  ];
}

async function copyTwice(places: Places): Promise<Figure[]> {
  await using bed = await Bed.open(places, { roundTripMs: 0, third: true });
  const { size } = Deno.statSync(`${bed.source}/file`);
  await bed.orbit().copy();
  await bed.grid.hasLearned("nas-2");
  let seconds = 0;
  const wire = await bytesOnTheWire(bed, async () => {
    const [from, to] = [
      { star: "nas-1", path: bed.source },
      { star: "nas-3", path: bed.thirdTarget },
    ];
    seconds = await secondsOf(() => bed.grid.sync(from, to));
  });
  await bed.check(bed.thirdTarget);
  return [
    { what: "on the wire from the first Star", value: wire / size * 100, unit: "%", bar: 2 },
    { what: "time", value: seconds, unit: "s" },
  ];
}

/** What the first Star gives by Direct Links while something is done. */
async function bytesOnTheWire(bed: Bed, work: () => Promise<unknown>): Promise<number> {
  const before = bed.grid.givenBy("nas-1");
  await work();
  return bed.grid.givenBy("nas-1") - before;
}
