/** The options that every benchmark with a table has. */
import { parseArgs } from "node:util";

/** What a benchmark measures, and what `--help` prints. */
export interface Measured<Row> {
  rows: readonly Row[];
  help: string;
}

/** What is asked of it. */
export interface TableOptions<Row> {
  rows: Row[];
  /** Timed runs of each. */
  runs: number;
  /** Times the usual size of the data. */
  scale: number;
  json: boolean;
}

/** The options, or the exit status when there is nothing to run. */
export function readOptions<Row extends { id: string }>(
  program: Measured<Row>,
  args: string[],
): TableOptions<Row> | number {
  try {
    return parseOptions(program, args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
}

function parseOptions<Row extends { id: string }>(
  { rows, help }: Measured<Row>,
  args: string[],
): TableOptions<Row> | number {
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
  if (values.help) {
    console.log(help);
    return 0;
  }
  const runs = Number(values.runs), scale = Number(values.scale);
  if (!(Number.isInteger(runs) && runs > 0)) throw new Error(`--runs "${values.runs}": no count`);
  if (!(scale > 0)) throw new Error(`--scale "${values.scale}": no positive number`);
  return { rows: chooseRows(rows, values.only), runs, scale, json: values.json };
}

function chooseRows<Row extends { id: string }>(
  rows: readonly Row[],
  only: string | undefined,
): Row[] {
  const ids = only?.split(",");
  const unknown = ids?.find((id) => !rows.some((row) => row.id === id));
  if (unknown !== undefined) throw new Error(`--only "${unknown}": no such row`);
  return rows.filter((row) => ids?.includes(row.id) ?? true);
}
