/** What a plan is made from, and what those who make it share. */
import type { ErrorData } from "#core/errors.ts";
import type { Entry } from "#core/system/scan_batch.ts";
import type { OrbitSystem, ScanRequest } from "#core/system/system.ts";
import { Comparer } from "./difference.ts";
import type { SyncTotals } from "./events.ts";
import { protectionRules } from "./extraneous.ts";
import type { PartReader } from "./feed.ts";
import { compileFilter, type Filter } from "./filter/mod.ts";
import type { HardLinkLeader } from "./hard_links.ts";
import type { SyncOptions } from "./options.ts";
import { MetadataBuilder } from "./plan_item.ts";
import type { Removal } from "./removal.ts";
import { mayFindRenames } from "./renames.ts";
import type { CheckItem } from "./verify_step.ts";

/** Files of a job that are opened for their header; as many as make a batch. */
const MAX_HEADERS = 256;

/** One prepared source: what to scan, and what its root is called at the destination. */
export interface PlanSource {
  /** Absolute path of the directory that is scanned. */
  base: string;
  /**
   * What to look at: everything below `base`, or only some names of some directories. The filter is
   * the sync's, unless a scan has its own.
   */
  scans: Pick<ScanRequest, "directories" | "names" | "recursive" | "filter">[];
  /** True when the base's own metadata is the destination root's (`SRC/`). */
  isRoot: boolean;
  /** A single file that gets another name at the destination. */
  rename?: { from: string; to: string };
}

/** What a plan is made from. */
export interface PlanInput {
  source: OrbitSystem;
  destination: OrbitSystem;
  sources: PlanSource[];
  /** The sources' scans, where they have begun; for one planner. */
  readers?: PartReader[];
  /** Absolute base of the destination; it may not exist in a dry run. */
  base: string;
  /** It was just made, or would be. */
  baseIsNew?: boolean;
  baseExists: boolean;
  /** Everything that was named exists; otherwise nothing may be deleted. */
  allFound: boolean;
  options: SyncOptions;
  /** Nanoseconds that equal times may differ by. */
  timeStepNs: number;
  /** Device nodes can be made. */
  privileged: boolean;
  /** The only groups that the destination's files can be given; absent for any. */
  groups?: readonly number[];
  umask: number;
  /** The tag of this job's staged files. */
  tag: string;
  /** Staged files of that tag may lie about: this isn't the job's first attempt. */
  hasLeftovers: boolean;
  /** Whether another job that owns staged files may still want them. */
  isLiveTag?: (tag: string) => boolean;
  totals: SyncTotals;
  onTrouble: (path: string, error: ErrorData) => void;
  onNote: (message: string) => void;
  /** A source is being listed, or content read, which may take a while. */
  onActivity?: () => void;
  /** Every regular file of the source, whatever happens to it; for whole-tree checks. */
  onFile?: (file: CheckItem) => void;
  /** What may go from the source although nothing is done about it: the destination has it. */
  onThere?: (removal: Removal) => void;
  signal?: AbortSignal;
}

/** What the whole plan turned out to be; complete when the plan has been consumed. */
export interface PlanSummary {
  /** Every directory on both sides could be listed; otherwise nothing may be deleted. */
  clean: boolean;
  /** Entries that the destination held in the directories looked at. */
  destinationEntries: number;
  deletions: number;
}

/** State shared by the planner and its visitors. */
export interface PlanState {
  input: PlanInput;
  comparer: Comparer;
  metadata: MetadataBuilder;
  /** Excludes what may not be deleted from the destination. */
  protection: Filter;
  summary: PlanSummary;
  /** First path and destination of each hard-linked file. */
  leaders: Map<string, HardLinkLeader>;
  /** New files and deletions are marked, for renames to be found among them. */
  holds: boolean;
  /** Directories whose contents are left out. */
  skipped: Set<string>;
  /** Directories that are planned to be made, until their own turn comes. */
  fresh: Set<string>;
  /**
   * How many files may still be opened just to judge their priority by what they begin with. It
   * changes the order of the copies and nothing else, so a tree of names that say nothing isn't
   * worth opening every file twice.
   */
  headersLeft: number;
  /** Unchanged directories, to be restored if something in them changes. */
  quiet: Map<string, Entry>;
  /** Permissions of destination directories that their owner must get rights on to change them. */
  locked: Map<string, number>;
}

/** The state of a plan that hasn't begun. */
export function createPlanState(input: PlanInput): PlanState {
  return {
    input,
    comparer: new Comparer(input.options.preserve, input.timeStepNs, input.groups),
    metadata: new MetadataBuilder(input.options.preserve, input.umask, input.groups),
    protection: compileFilter(protectionRules(input.options)),
    summary: { clean: input.allFound, destinationEntries: 0, deletions: 0 },
    leaders: new Map(),
    holds: mayFindRenames(input),
    skipped: new Set(),
    fresh: new Set(),
    headersLeft: MAX_HEADERS,
    quiet: new Map(),
    locked: new Map(),
  };
}
