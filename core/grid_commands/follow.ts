/** Following a job until it is over. */
import { toShownJson } from "#core/names.ts";
import { OrbitError } from "#core/errors.ts";
import {
  GRID_SCHEMA,
  isOver,
  type ItemShape,
  type JobEventLine,
  type JobShape,
  segment,
} from "#core/grid_api/mod.ts";
import { OutputBuffer } from "#core/program/output/buffer.ts";
import { escapeMessage } from "#core/program/output/message.ts";
import { printText, warn } from "#core/program/output/print.ts";
import { progressText } from "./job_text.ts";
import { lasting } from "./lasting.ts";
import { LiveLine } from "./live_line.ts";
import type { JobsSettings } from "./jobs_options.ts";
import type { Invocation } from "./run.ts";

/** Shows how far a job is until it is over: live on a terminal, as lines of JSON for programs. */
export async function watchJob(
  invocation: Invocation<JobsSettings>,
  id: string,
): Promise<JobShape> {
  const { host, settings, signal } = invocation;
  let seq = 0, last: JobShape | undefined;
  {
    using live = new LiveLine(host, !settings.json);
    for await (const job of follow(invocation, id)) {
      const text = `${job.label}: ${job.state === "running" ? "" : `${job.state}, `}` +
        progressText(job);
      const waitingFor = job.progress?.waitingFor;
      // Without a word it would look as if nothing happened.
      if (waitingFor !== undefined && waitingFor !== last?.progress?.waitingFor) {
        live.announce(text);
      } else live.update(text);
      last = job;
      if (!settings.json) continue;
      printText(
        host,
        toShownJson({ schema: GRID_SCHEMA, type: "job", seq: seq++, ...job }) + "\n",
      );
    }
  }
  if (last === undefined || !isOver(last.state)) {
    signal.throwIfAborted();
    throw new OrbitError("unavailable", `follow job ${JSON.stringify(id)}: the stream ended early`);
  }
  if (!settings.json) {
    summarize(invocation, last);
    if (last.state === "partial" && !settings.results) await tellFirstFailure(invocation, last);
  }
  return last;
}

function summarize({ host }: Invocation<JobsSettings>, job: JobShape): void {
  const buffer = new OutputBuffer(host.stderr, {});
  buffer.writeLine(escapeMessage(`${job.id}: ${job.state}: ${progressText(job)}`));
  buffer.flush();
  if (job.error !== undefined) warn(host, job.error.message);
}

/** A number of failures says little; the first of them often says all. */
async function tellFirstFailure(
  { api, host, signal }: Invocation<JobsSettings>,
  { id }: JobShape,
): Promise<void> {
  const query = { state: "failed", limit: 1 };
  const { items: [first] } = await api.json<{ items: ItemShape[] }>(
    `/jobs/${segment(id)}/items`,
    { query, signal },
  );
  if (first?.error !== undefined) warn(host, `${first.error.message} (its results tell all)`);
}

/** The job each time that it changed; goes on when the connection was lost. */
function follow(
  { api, signal, host }: Pick<Invocation<JobsSettings>, "api" | "signal" | "host">,
  id: string,
): AsyncGenerator<JobShape> {
  const note = (message: string) => warn(host, message);
  return lasting({ signal, note }, async function* (isWell) {
    for await (const line of api.lines<JobEventLine>(`/jobs/${segment(id)}/events`, { signal })) {
      if (line.type === "error") throw new OrbitError(line.error.code, line.error.message);
      if (line.type === "end") return;
      isWell();
      yield line.job;
    }
    throw new OrbitError("unavailable", "follow job: the connection was lost");
  });
}
