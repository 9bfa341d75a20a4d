/** Printing what a job found. */
import { type ErrorData, OrbitError } from "#core/errors.ts";
import { GRID_SCHEMA, type GridApi, type JobStateWord, segment } from "#core/grid_api/mod.ts";
import { escapeName, toShownJson } from "#core/names.ts";
import type { ExitCode } from "#core/program/exit_codes.ts";
import { OutputBuffer } from "#core/program/output/buffer.ts";
import { warn } from "#core/program/output/print.ts";
import { escapeMessage, troubleLine } from "#core/program/output/message.ts";
import type { Explanation } from "#core/sync/events.ts";
import { exitCodeOf } from "./outcome.ts";
import { lasting, type Reader } from "./lasting.ts";
import type { JobsSettings } from "./jobs_options.ts";
import type { Invocation } from "./run.ts";

/** A line of the results. */
export interface ResultLine {
  type: string;
  after?: string;
  state?: JobStateWord;
  path?: string;
  hash?: string;
  offset?: number;
  length?: number;
  reason?: string;
  /** Of a dry run: rsync's notation for what would be done. */
  itemized?: string;
  message?: string;
  /** Of a dry run that is about one path. */
  explanation?: Explanation;
  error?: ErrorData;
}

/** Prints everything that a finished job found; the exit status is the job's. */
export async function printResults(
  invocation: Invocation<JobsSettings>,
  id: string,
): Promise<ExitCode> {
  const { api, signal, host, settings, onClosed } = invocation;
  const note = (message: string) => warn(host, message);
  const stdout = new OutputBuffer(host.stdout, { onClosed });
  let seq = 0;
  for await (const line of results({ api, signal, note }, id)) {
    if (settings.json) {
      stdout.writeLine(toShownJson({ schema: GRID_SCHEMA, seq: seq++, ...line }));
    } else showLine(stdout, line, invocation);
    if (line.type !== "end") continue;
    stdout.flush();
    return exitCodeOf({ state: line.state!, error: line.error });
  }
  throw new OrbitError("unavailable", `read results of ${JSON.stringify(id)}: they have no end`);
}

function showLine(
  stdout: OutputBuffer,
  line: ResultLine,
  { host }: Invocation<JobsSettings>,
): void {
  const { type, path = "", hash = "", error } = line;
  const name = escapeName(path);
  if (error !== undefined && type !== "end") {
    stdout.flush();
    const message = troubleLine(path, error).replace(/^orbit: /, "");
    return warn(host, message);
  }
  switch (type) {
    case "entry":
      return stdout.writeLine(name);
    case "file":
      return hash === "" ? undefined : stdout.writeLine(`${hash}  ${name}`);
    case "chunk":
      return stdout.writeLine(`${hash}  ${line.offset}  ${line.length}  ${name}`);
    case "plan":
      return stdout.writeLine(`${line.itemized} ${name}`);
    case "explain":
      return stdout.writeLine(explained(line.explanation!));
    case "note":
      stdout.flush();
      return warn(host, line.message!);
    case "skipped":
      return warn(host, `${JSON.stringify(path)}: skipped: ${line.reason}`);
  }
}

function explained({ path, conclusion }: Explanation): string {
  return `${path === "" ? "./" : escapeName(path)}: ${escapeMessage(conclusion)}`;
}

/** Lines without cursors, each once: a page counts when its cursor has come. */
export function results(
  { api, ...reader }: Reader & { api: GridApi },
  id: string,
): AsyncGenerator<ResultLine> {
  const { signal } = reader;
  let after: string | undefined;
  return lasting(reader, async function* (isWell) {
    let page: ResultLine[] = [];
    const ask = { query: { after }, signal };
    for await (const line of api.lines<ResultLine>(`/jobs/${segment(id)}/results`, ask)) {
      if (line.type === "error") throw new OrbitError(line.error!.code, line.error!.message);
      if (line.type !== "cursor") page.push(line);
      if (line.type !== "cursor" && line.type !== "end") continue;
      yield* page;
      if (line.type === "end") return;
      isWell();
      [page, after] = [[], line.after];
    }
    throw new OrbitError("unavailable", "read results: the connection was lost");
  });
}
