/** `deno task bench:sync`: Orbit and its peers on the same data, in memory, in turns. */
import { statfsSync } from "node:fs";
import { hasCommand, preparePeers } from "../../tools/peers.ts";
import { openSpace, type Space } from "./space.ts";
import type { Dataset } from "./datasets.ts";
import { PackedOrbit } from "./packed_orbit.ts";
import { race } from "./race.ts";
import { isGood, type Line, toJson, toTable } from "./report.ts";
import { type Row, ROWS } from "./rows.ts";
import { readOptions, type TableOptions } from "./table_options.ts";

const HELP = `deno task bench:sync [--only=ID,…] [--runs=N] [--scale=X] [--json]

Measures orbit, packed as "deno task compile orbit" does it, against its peers in memory (tmpfs): in
turns, medians of N runs (5), after one warm-up each, in which memory is watched. A cell reads: wall
time, processor time, peak memory of all processes.

  --only=ID,…   only these rows: ${ROWS.map((row) => row.id).join(" ")}
  --runs=N      timed runs of each side
  --scale=X     data of X times the size (0.01 for a quick try); bars are judged at 1 only
  --json        one JSON object instead of the table

Ends with status 1 when a command fails or a bar is missed, 2 on a wrong option.`;

async function main(args: string[]): Promise<number> {
  const options = readOptions({ rows: ROWS, help: HELP }, args);
  if (typeof options === "number") return options;
  await preparePeers(options.rows.flatMap((row) => row.needs ?? []));
  using space = openSpace();
  // Gigabytes of memory must not stay behind.
  Deno.addSignalListener("SIGINT", () => {
    space[Symbol.dispose]();
    Deno.exit(130);
  });
  const lines: Line[] = [];
  const program = await PackedOrbit.make(`${space.homes}/program`);
  for (const row of options.rows) {
    lines.push(await runRow(row, space, { ...options, program }, lines));
  }
  console.log(options.json ? toJson(lines, options) : toTable(lines, options));
  return isGood(lines, options) ? 0 : 1;
}

async function runRow(
  row: Row,
  { data: folder, homes }: Space,
  { program, ...options }: TableOptions<Row> & { program: PackedOrbit },
  earlier: readonly Line[],
): Promise<Line> {
  if (row.needs !== undefined && !hasCommand(row.needs.command)) {
    return { row, skipped: `${row.needs.command} is not installed` };
  }
  if (earlier.at(-1)?.row.dataset !== row.dataset) removeDatasets(folder);
  const lacking = lackingBytes(row, folder, options.scale);
  if (lacking > 0) {
    return { row, skipped: `${Math.ceil(lacking / 1e6)} MB more room needed in ${folder}` };
  }
  console.error(`${row.id} ...`);
  try {
    const source = makeDataset(row.dataset, folder, options.scale);
    const { runs } = options;
    return { row, outcome: await race(row, { program, source, folder, homes, runs }) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(message);
    return { row, error: message };
  }
}

/** The data's folder with a trailing "/"; made when it isn't there. */
function makeDataset(dataset: Dataset, folder: string, scale: number): string {
  const path = datasetPath(dataset, folder);
  if (!exists(path)) {
    Deno.mkdirSync(path, { recursive: true });
    dataset.make(path, scale);
  }
  return `${path}/`;
}

function datasetPath(dataset: Dataset, folder: string): string {
  return `${folder}/data/${dataset.name}`;
}

function removeDatasets(folder: string): void {
  for (const name of ["data", "target"]) {
    if (exists(`${folder}/${name}`)) Deno.removeSync(`${folder}/${name}`, { recursive: true });
  }
}

/** How much more room a row takes than there is, with a tenth to spare. */
function lackingBytes(row: Row, folder: string, scale: number): number {
  const { bavail, bsize } = statfsSync(folder);
  const data = exists(datasetPath(row.dataset, folder)) ? 0 : 1;
  return row.dataset.bytes(scale) * (data + row.targetShare) * 1.1 - bavail * bsize;
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
