/** `deno task compile [PROGRAM…] [OPTION…]`: Orbit's programs as single executables. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArguments, USAGE, UsageError } from "./arguments.ts";
import { makeExecutables, type Outcome } from "./make.ts";
import { jsonLine, reportText } from "./report.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

async function compile(args: readonly string[]): Promise<void> {
  const request = parseArguments(args);
  if (request.help) return console.log(USAGE.trimEnd());
  const out = resolve(Deno.env.get("INIT_CWD") ?? ".", request.out);
  Deno.mkdirSync(out, { recursive: true });
  const outcomes: Outcome[] = [];
  for await (const outcome of makeExecutables(ROOT, { ...request, out })) {
    if (request.json) console.log(jsonLine(outcome, outcomes.length));
    outcomes.push(outcome);
  }
  if (!request.json) console.log(reportText(outcomes).trimEnd());
}

if (import.meta.main) {
  try {
    await compile(Deno.args);
  } catch (error) {
    console.error(`compile: ${error instanceof Error ? error.message : error}`);
    if (error instanceof UsageError) console.error("compile: see deno task compile --help");
    Deno.exit(error instanceof UsageError ? 2 : 1);
  }
}
