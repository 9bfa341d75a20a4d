/** What the benchmark and the processes with its Stars tell each other. */

/** What such a process is asked for. */
export type StarsOrder =
  | { do: "join"; nucleus: string; tokens: string[] }
  | { do: "connect" }
  /** Tells what came since the last time. */
  | { do: "report" };

/** The answer to `report`. */
export interface StarsReport {
  /** Milliseconds each. */
  roundTrips: number[];
  /** When the first call of a job came, by the job's folder; see `wallMs`. */
  received: Record<string, number>;
}

/** Folders with files that each Star has; each is for one job. */
export const JOB_FOLDERS = 2000;
