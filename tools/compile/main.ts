/** `deno task compile [PROGRAM…] [OPTION…]`: Orbit's programs as single executables. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArguments, USAGE, UsageError } from "./arguments.ts";
import { type Made, makeExecutables } from "./make.ts";
import { jsonLine, reportText } from "./report.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

async function compile(args: readonly string[]): Promise<void> {
  const request = parseArguments(args);
  if (request.help) return console.log(USAGE.trimEnd());
  const out = resolve(Deno.env.get("INIT_CWD") ?? ".", request.out);
  Deno.mkdirSync(out, { recursive: true });
  const made: Made[] = [];
  for await (const one of makeExecutables(ROOT, { ...request, out })) {
    if (request.json) console.log(jsonLine(one, made.length));
    made.push(one);
  }
  if (!request.json) console.log(reportText(made).trimEnd());
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
