/** Following a sync on a grid: what it tells goes where the events of a sync of this machine go. */
import { OrbitError } from "#core/errors.ts";
import { type GridApi, type JobLogLine, segment } from "#core/grid_api/mod.ts";
import { lasting } from "#core/grid_commands/mod.ts";
import type { SyncEvent } from "#core/sync/events.ts";

/** Who follows a job. */
export interface Follower {
  api: GridApi;
  signal: AbortSignal;
  observer: (event: SyncEvent) => void;
}

/** How a job ended. */
export type JobEnd = Extract<JobLogLine, { type: "end" }>;

type StateLine = Extract<JobLogLine, { type: "state" }>;

type NewsLine = Exclude<JobLogLine, { type: "cursor" | "error" }>;

/** Tells the observer all that the job tells, each once, until it is over. */
export async function followSync(follower: Follower, id: string): Promise<JobEnd> {
  const { observer } = follower;
  let remarked: string | undefined;
  for await (const line of logLines(follower, id)) {
    if (line.type === "end") return line;
    if (line.type !== "state") {
      observer(line);
      continue;
    }
    const message = remarkOn(line, id);
    if (message !== undefined && message !== remarked) observer({ type: "note", message });
    remarked = message;
  }
  throw new OrbitError("internal", `follow job ${JSON.stringify(id)}: its log has no end`);
}

/** Lines without cursors; events count when their cursor has come. */
function logLines(
  { api, signal, observer }: Follower,
  id: string,
): AsyncGenerator<NewsLine> {
  const note = (message: string) => observer({ type: "note", message });
  let after = 0;
  return lasting({ signal, note }, async function* (isWell) {
    let events: NewsLine[] = [];
    const ask = { query: { after }, signal };
    for await (const line of api.lines<JobLogLine>(`/jobs/${segment(id)}/log`, ask)) {
      isWell();
      switch (line.type) {
        case "error": {
          const { code, message } = line.error;
          throw new OrbitError(code, message);
        }
        case "cursor":
          yield* events;
          [events, after] = [[], line.after];
          break;
        case "state":
        case "progress":
        case "end":
          yield line;
          if (line.type === "end") return;
          break;
        default:
          events.push(line);
      }
    }
    throw new OrbitError("unavailable", "follow job: the connection was lost");
  });
}

/** Without a word it would look as if nothing happened. */
function remarkOn(
  { state, queued, waitingFor, waitingWhy }: StateLine,
  id: string,
): string | undefined {
  const why = waitingWhy === undefined ? "" : `: ${waitingWhy}`;
  if (waitingFor !== undefined) return `waiting for Star ${waitingFor}${why}`;
  if (queued) return "waiting for its turn: other jobs are at work";
  if (state === "paused") return `job ${id} is paused; orbit jobs resume ${id} has it go on`;
  return undefined;
}
