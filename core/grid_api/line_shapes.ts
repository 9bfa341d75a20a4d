/** Lines of streams that tell of a job while it runs. */
import type { ErrorData } from "#core/errors.ts";
import type { SyncEvent, SyncTotals } from "#core/sync/events.ts";
import type { JobShape, JobStateWord } from "./shapes.ts";

/** A line of a job that is followed. */
export type JobEventLine =
  /** Whenever its state or progress changed. */
  | { type: "job"; job: JobShape }
  /** The last line. */
  | { type: "end"; state: JobStateWord }
  /** The last line, when it can't be told any more. */
  | { type: "error"; error: Pick<ErrorData, "code" | "message"> };

/** A line of what a sync tells while it runs. */
export type JobLogLine =
  | Exclude<SyncEvent, { type: "end" }>
  /** Where the job stands, whenever that changed. */
  | {
    type: "state";
    state: JobStateWord;
    queued?: boolean;
    waitingFor?: string;
    waitingWhy?: string;
  }
  /** What came before this line counts as read. */
  | { type: "cursor"; after: number }
  /** The last line; totals as far as the job came to have any. */
  | {
    type: "end";
    state: JobStateWord;
    error?: ErrorData;
    totals?: SyncTotals;
    durationMs?: number;
  }
  | { type: "error"; error: Pick<ErrorData, "code" | "message"> };
