/** What a running sync tells its observer, in order; plain data. */
import type { ErrorData } from "#core/errors.ts";
import type { FilterExplanation } from "./filter/mod.ts";

/** What happens to one entry. */
export type ActionKind =
  | "copy" // a regular file's content
  | "directory" // a directory is made
  | "link" // a symbolic link is made
  | "special" // a fifo, socket or device is made
  | "rename" // a file of the destination gets another name
  | "hardlink" // a second name for a file that is (or will be) there
  | "attributes" // only metadata changes
  | "delete"
  | "remove" // goes from the source, having arrived
  | "skip"; // deliberately left alone, with a reason

/** One line of the plan. */
export interface PlannedAction {
  kind: ActionKind;
  /** Path relative to the destination; of what is removed from the source, there. */
  path: string;
  /** rsync's eleven-character itemisation, such as `>f.st......` or `*deleting  `. */
  itemized: string;
  /** Type bits and permissions of the source's entry (of the destination's for a delete). */
  mode: number;
  size: number;
  /** Target of a symbolic link, the leader of a hard link, or the name that a renamed file had. */
  target?: string;
  /** Why, in words: for `--explain`, `-vv` and JSON. */
  reason: string;
}

/** Totals. Bytes and counts only ever grow. */
export interface SyncTotals {
  /** Entries seen in the source, by kind. */
  scanned: { files: number; directories: number; links: number; specials: number; bytes: number };
  /** Entries the plan changes, and bytes of content it copies. Final once `planned` is true. */
  plannedFiles: number;
  plannedBytes: number;
  planned: boolean;
  /** Done so far. */
  copiedFiles: number;
  copiedBytes: number;
  /** Bytes read back (of renamed files: where they were) and found equal. */
  verifiedBytes: number;
  /** Bytes not copied again because an earlier run had verified them. */
  resumedBytes: number;
  /** Of `copiedBytes`, those that the destination had already: nobody had to send them. */
  matchedBytes: number;
  /** Of `copiedBytes`, those that passed through the Nucleus; absent where none is. */
  relayedBytes?: number;
  created: { directories: number; links: number; specials: number; hardLinks: number };
  attributesChanged: number;
  /** Files of the destination that got another name, and bytes that so weren't copied. */
  renamedFiles: number;
  renamedBytes: number;
  deleted: number;
  /** Gone from the source, having arrived. */
  removed: number;
  unchangedFiles: number;
  skipped: number;
  failed: number;
  vanished: number;
}

/** What `--explain` finds out about one path. */
export interface Explanation {
  /** Path relative to the destination. */
  path: string;
  /** What the filter says, and by which rule. */
  filter: FilterExplanation;
  /** What is there; absent when nothing is. */
  source?: EntryFacts;
  destination?: EntryFacts;
  /** What would be done; absent for nothing. */
  action?: PlannedAction;
  /** What would be done, or why nothing, in words. */
  conclusion: string;
}

/** One side of an explained path. */
export interface EntryFacts {
  kind: "file" | "directory" | "link" | "special";
  permissions: number;
  size: number;
  uid: number;
  gid: number;
  /** Seconds since 1970, and nanoseconds to add. */
  mtime: number;
  mtimeNs: number;
  /** Of a symbolic link. */
  target?: string;
}

export type SyncEvent =
  | { type: "start"; jobId?: string; resumed: boolean }
  /** A planned action; in a dry run this is all that happens to it. */
  | { type: "plan"; action: PlannedAction }
  /** An action was carried out. */
  | { type: "done"; action: PlannedAction }
  /** Something could not be done (or looked at); the run goes on. */
  | { type: "trouble"; path: string; error: ErrorData; willRetry: boolean }
  /** Totals changed; at most a few times a second. `current` is of what was begun last. */
  | { type: "progress"; totals: SyncTotals; current?: string }
  /** A remark that isn't an error: something refused by a rule, left out, or unusual. */
  | { type: "note"; message: string }
  /** All about one path, when that was asked for. */
  | { type: "explain"; explanation: Explanation }
  | { type: "end"; report: SyncReport };

/** How a run ended. */
export type SyncOutcome =
  | "complete"
  /** Some entries failed. */
  | "partial"
  /** Everything asked for that still existed was done, but source files vanished meanwhile. */
  | "vanished"
  /** Deletions stopped at the guard. */
  | "delete-limit"
  | "interrupted"
  /** Somebody gave the job up: it can't be gone on with. */
  | "cancelled"
  | "timeout"
  /** The run as a whole could not go on; `error` says why. */
  | "failed";

/** The result of a run. */
export interface SyncReport {
  outcome: SyncOutcome;
  totals: SyncTotals;
  /** Milliseconds from start to end. */
  durationMs: number;
  /** The first troubles, at most 1,000; `totals.failed` counts all. */
  troubles: { path: string; error: ErrorData }[];
  error?: ErrorData;
  jobId?: string;
  /** Paths of staged files kept for a resume. */
  kept: string[];
}
