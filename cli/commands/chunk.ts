/** `orbit chunk`. */
import { chunksOf } from "#core/cdc/mod.ts";
import { expectPositionals, parseLine } from "#core/program/arguments/parse.ts";
import { chunkDescription, chunkOptions, initialChunkSettings } from "../chunk/description.ts";
import { CHUNK_SCHEMA, chunkLine } from "../chunk/output.ts";
import { chunkNamed, parametersOf } from "../chunk/run.ts";
import { ChunkCounter, summaryLine } from "../chunk/summary.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import { runForeground } from "#core/program/foreground.ts";
import { commandHelp } from "#core/program/help.ts";
import type { Host } from "#core/program/host.ts";
import { LineOutput } from "#core/program/output/line_output.ts";
import { printText } from "#core/program/output/print.ts";
import { localReading, type Reading } from "../reading.ts";

/** Runs `orbit chunk ARGS…` and returns the exit status. */
export async function chunkCommand(
  args: readonly string[],
  host: Host,
  reading: Reading = localReading,
): Promise<ExitCode> {
  const settings = initialChunkSettings();
  const { positionals, help } = parseLine(args, chunkOptions, settings);
  if (help) {
    printText(host, commandHelp(chunkDescription));
    return ExitCode.ok;
  }
  expectPositionals(positionals, { least: 1, most: Infinity, form: "FILE…" });
  const { json, summary, average, jobs } = settings;
  parametersOf(average); // refused before anything starts
  return await runForeground(host, async (foreground) => {
    const { onClosed } = foreground;
    using output = new LineOutput(host, { schema: CHUNK_SCHEMA, json, onClosed });
    const counter = summary ? new ChunkCounter() : null;
    let failed = 0;
    const tools = { host, reading, foreground, average, jobs };
    for await (const { name, ...found } of chunkNamed(positionals, tools)) {
      if (found.error !== undefined) {
        failed++;
        output.trouble(name, found.error);
      } else if (counter !== null) {
        counter.add(found.list);
      } else {
        for (const chunk of chunksOf(found.list)) {
          output.say((form) => chunkLine(name, chunk, form));
        }
      }
    }
    if (counter !== null) output.say((form) => summaryLine(counter.totals, form));
    return failed === 0 ? ExitCode.ok : ExitCode.someFailed;
  });
}
