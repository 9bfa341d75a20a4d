/** The command line of a benchmark whose rows have figures: turns, table, exit status. */
import { makeTempDirectory } from "../support/temp.ts";
import { isGood, type Line, toJson, toTable } from "./grid/report.ts";
import type { Row, Settings } from "./grid/rows.ts";
import { openSpace } from "./space.ts";
import { type Measured, readOptions } from "./table_options.ts";

/** Runs a benchmark; returns its exit status. */
export async function runTable(program: Measured<Row>, args: string[]): Promise<number> {
  const options = readOptions(program, args);
  if (typeof options === "number") return options;
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
