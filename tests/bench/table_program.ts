/** The command line of a benchmark whose rows have figures: options, turns, table, exit status. */
import { parseArgs } from "node:util";
import { makeTempDirectory } from "../support/temp.ts";
import { isGood, type Line, toJson, toTable } from "./grid/report.ts";
import type { Row, Settings } from "./grid/rows.ts";
import { openSpace } from "./space.ts";

/** What a benchmark measures, and what `--help` prints. */
export interface TableProgram {
  rows: readonly Row[];
  help: string;
}

interface Options extends Settings {
  rows: Row[];
  json: boolean;
}

/** Runs a benchmark; returns its exit status. */
export async function runTable(program: TableProgram, args: string[]): Promise<number> {
  let options: Options | undefined;
  try {
    options = parseOptions(program, args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
  if (options === undefined) {
    console.log(program.help);
    return 0;
  }
  const lines: Line[] = [];
  for (const row of options.rows) lines.push(await runRow(row, options));
  console.log(options.json ? toJson(lines, options) : toTable(lines, options));
  return isGood(lines, options) ? 0 : 1;
}

async function runRow(row: Row, settings: Settings): Promise<Line> {
  console.error(`${row.id} ...`);
  using space = openSpace();
  using home = makeTempDirectory({ on: "disk" });
  const stop = () => {
    // Gigabytes of memory must not stay behind.
    space[Symbol.dispose]();
    home[Symbol.dispose]();
    Deno.exit(130);
  };
  Deno.addSignalListener("SIGINT", stop);
  try {
    const data = `${space.data}/data`;
    Deno.mkdirSync(data);
    row.dataset?.make(data, settings.scale);
    return { row, figures: await row.run({ folder: home.path, data }, settings) };
  } catch (error) {
    const message = error instanceof Error ? error.stack ?? error.message : String(error);
    console.error(message);
    return { row, error: message };
  } finally {
    Deno.removeSignalListener("SIGINT", stop);
  }
}

/** Undefined when help is asked for. */
function parseOptions({ rows }: TableProgram, args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string" },
      runs: { type: "string", default: "5" },
      scale: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const runs = Number(values.runs), scale = Number(values.scale);
  if (!(Number.isInteger(runs) && runs > 0)) throw new Error(`--runs "${values.runs}": no count`);
  if (!(scale > 0)) throw new Error(`--scale "${values.scale}": no positive number`);
  return { rows: chooseRows(rows, values.only), runs, scale, json: values.json };
}

function chooseRows(rows: readonly Row[], only: string | undefined): Row[] {
  const ids = only?.split(",");
  const unknown = ids?.find((id) => !rows.some((row) => row.id === id));
  if (unknown !== undefined) throw new Error(`--only "${unknown}": no such row`);
  return rows.filter((row) => ids?.includes(row.id) ?? true);
}
