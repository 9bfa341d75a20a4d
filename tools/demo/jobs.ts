/** `orbit` at work on the grid, and how far it is. */
import { formatBytes, formatCount, formatRate } from "./format.ts";
import { type Grid, type Stage, STARS } from "./grid.ts";
import type { JobShape, Tally } from "./nucleus_api.ts";
import { DemoError } from "./trouble.ts";

/** Exit status of a job some of whose items failed. */
const SOME_FAILED = 23;

/** What became of a job. */
export interface Outcome extends Tally {
  id: string;
  ms: number;
  throughNucleusBytes: number;
  /** Paths of items that failed. */
  failed: string[];
}

/** From the first Star to the second. */
export function placesOf({ bed }: Pick<Stage, "bed">, end = ""): [string, string] {
  const [source, destination] = STARS.map((name) => `${name}:${bed.path(name)}${end}`);
  return [source, destination];
}

/** `orbit sync nas-1:… nas-2:…`. @throws {DemoError} unless all is done. */
export async function sync(
  stage: Stage,
  grid: Grid,
  name: string,
  options: readonly string[] = [],
): Promise<Outcome> {
  const line = ["sync", ...options, ...placesOf(stage, "/")];
  return await watch(stage, grid, name, line);
}

/** `orbit jobs run verify nas-1:… nas-2:…`; what differs is in `failed`. */
export async function verify(stage: Stage, grid: Grid, name: string): Promise<Outcome> {
  const line = ["jobs", "run", "verify", ...placesOf(stage)];
  return await watch(stage, grid, name, line, [0, SOME_FAILED]);
}

async function watch(
  stage: Stage,
  grid: Grid,
  name: string,
  line: readonly string[],
  expects: readonly number[] = [0],
): Promise<Outcome> {
  const { bed, programs, screen } = stage;
  const shown = `orbit ${line.join(" ")}`.replaceAll(bed.folder, "$X");
  screen.line();
  screen.line(`$ ${shown}`);
  const step = screen.begin(name, "begins");
  const before = grid.throughNucleus(), startedAt = performance.now();
  let id: string | undefined, bytes = 0;
  const onLine = (text: string) => {
    const news = JSON.parse(text) as News;
    id ??= news.type === "start" ? news.jobId : news.type === "job" ? news.id : undefined;
    const far = howFar(news);
    if (far === undefined) return;
    bytes = Math.max(bytes, far.bytes);
    step.update(progressText(bytes, far.total, performance.now() - startedAt), {
      ...{ command: shown, bytes, totalBytes: far.total.bytes },
    });
  };
  const { code } = await programs.run("orbit", [...line, "--json"], { onLine, expects });
  if (id === undefined) throw new DemoError(`${shown}: it said nothing`);
  const { job } = await grid.api.ask<{ job: JobShape }>(`/jobs/${id}`);
  const outcome = await outcomeOf(job, grid, grid.throughNucleus() - before);
  step.done(outcomeText(line[0] === "sync", outcome), { command: shown, code, ...outcome });
  return outcome;
}

/** What `orbit jobs` and `orbit sync` say with `--json`, as far as it matters here. */
type News =
  | { type: "job" } & JobShape
  | { type: "start"; jobId: string }
  | {
    type: "progress";
    totals: { copiedBytes: number; plannedBytes: number; plannedFiles: number };
  }
  | { type: "end" };

function howFar(news: News): { bytes: number; total: Tally } | undefined {
  if (news.type === "progress") {
    const { copiedBytes, plannedBytes, plannedFiles } = news.totals;
    return { bytes: copiedBytes, total: { items: plannedFiles, bytes: plannedBytes } };
  }
  if (news.type !== "job") return undefined;
  const { steps, progress } = news;
  const total = tally(news, Object.keys(steps?.[0]?.counts ?? {}));
  return { bytes: Math.max(progress?.written ?? 0, progress?.bytes ?? 0), total };
}

async function outcomeOf(
  job: JobShape,
  grid: Grid,
  throughNucleusBytes: number,
): Promise<Outcome> {
  const { id, startedAtMs = 0, finishedAtMs = 0 } = job;
  const { items } = await grid.api.ask<{ items: { key: string }[] }>(
    `/jobs/${id}/items?state=failed&limit=100`,
  );
  const failed = items.map(({ key }) => key);
  const done = tally(job, ["done"]);
  return { id, ms: finishedAtMs - startedAtMs, ...done, throughNucleusBytes, failed };
}

/** Items in some states, over all steps. */
function tally({ steps = [] }: JobShape, states: readonly string[]): Tally {
  const sum = { items: 0, bytes: 0 };
  for (const { counts } of steps) {
    for (const state of states) {
      sum.items += counts[state].items;
      sum.bytes += counts[state].bytes;
    }
  }
  return sum;
}

function progressText(bytes: number, total: Tally, ms: number): string {
  if (total.items === 0) return "compares what is there";
  return `${formatBytes(bytes)} of ${formatBytes(total.bytes)} in ${
    formatCount(total.items, "item")
  }, ${formatRate(bytes, ms)}`;
}

function outcomeText(isSync: boolean, { items, bytes, failed }: Outcome): string {
  if (isSync) return `${formatCount(items, "item")}, ${formatBytes(bytes)} sent and verified`;
  if (failed.length === 0) return `${formatCount(items, "file")} on both sides, all the same`;
  return `${formatCount(items, "file")} the same, differs: ${failed.join(", ")}`;
}
