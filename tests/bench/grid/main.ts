/** `deno task bench:grid`: a Nucleus and Stars in processes of their own, over real mTLS. */
import { parseArgs } from "node:util";
import { makeTempDirectory } from "../../support/temp.ts";
import { openSpace } from "../space.ts";
import { isGood, type Line, toJson, toTable } from "./report.ts";
import { type Row, ROWS, type Settings } from "./rows.ts";

const HELP = `deno task bench:grid [--only=ID,…] [--runs=N] [--scale=X] [--json]

Measures the real orbit-nucleus with Stars: a thousand simulated ones (real joins, certificates and
control streams; no disks), or the real orbit-star on data in memory (tmpfs).

  --only=ID,…   only these rows: ${ROWS.map((row) => row.id).join(" ")}
  --runs=N      timed runs of each side of a ratio (5)
  --scale=X     X times the Stars, the data and the time; bars are judged at 1 only
  --json        one JSON object instead of the table

Ends with status 1 when something fails or a bar is missed, 2 on a wrong option.

A heartbeat is handled from the moment that its deciphered frame reaches the Nucleus's socket to
the moment that the acknowledgement is written to it. How late the Nucleus comes to its sockets is
the lateness of its timers. A dispatch runs from the moment that a job's request leaves for REST to
the moment that the Star looks at the job's folder.`;

interface Options extends Settings {
  rows: Row[];
  json: boolean;
}

async function main(args: string[]): Promise<number> {
  let options: Options | undefined;
  try {
    options = parseOptions(args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
  if (options === undefined) {
    console.log(HELP);
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
function parseOptions(args: string[]): Options | undefined {
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
  return { rows: chooseRows(values.only), runs, scale, json: values.json };
}

function chooseRows(only: string | undefined): Row[] {
  const ids = only?.split(",");
  const unknown = ids?.find((id) => !ROWS.some((row) => row.id === id));
  if (unknown !== undefined) throw new Error(`--only "${unknown}": no such row`);
  return ROWS.filter((row) => ids?.includes(row.id) ?? true);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
