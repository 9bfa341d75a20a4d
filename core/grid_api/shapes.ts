/**
 * What the Nucleus's REST surface says, as plain JSON. Times are milliseconds since 1970 and end in
 * `AtMs`; file names are as `core/names.ts` decodes them.
 */
import type { ManifestFile } from "#core/sync/manifest.ts";
import type { SyncOptions } from "#core/sync/options.ts";
import type { ErrorData } from "#core/errors.ts";

/** The schema of every line that commands print of these with `--json`. */
export const GRID_SCHEMA = "orbit.grid/1";

/** Where a Star stands, as people see it. */
export type StarStatusWord = "pending" | "online" | "offline" | "draining" | "revoked";

/** A Star. */
export interface StarShape {
  id: string;
  name: string;
  constellation: string;
  status: StarStatusWord;
  hostname: string;
  version: string;
  platform?: string;
  /** HOST:PORT when it listens. */
  address?: string;
  /** Where it says that it listens and isn't dialled; why, and what to do about it. */
  refusedAddress?: { address: string; why: string };
  capabilities: string[];
  roots: { path: string; read: boolean; write: boolean }[];
  /** The only roots that its join token allows; empty for no limit. */
  grantedRoots: string[];
  walls?: { app: string; runtime: boolean; kernel: string; kernelReason: string };
  joinedAtMs: number;
  joinedFrom?: string;
  lastHeartbeatAtMs?: number;
  heartbeat?: {
    cpuPercent: number;
    memoryUsedBytes: number;
    memoryTotalBytes: number;
    residentBytes: number;
    load: number;
    disks: readonly { path: string; freeBytes: number; totalBytes: number }[];
    activeCalls: number;
    certificateExpiresAtMs: number;
    clockSkewMs: number;
  };
  certificate?: { serial: string; thumbprint: string; notAfterMs: number };
}

/** A join token, without its secret. */
export interface JoinTokenShape {
  id: string;
  name?: string;
  constellation: string;
  roots: readonly string[];
  /** Whether the Star that joins with it is active at once. */
  approved: boolean;
  state: "open" | "used" | "revoked" | "expired";
  createdAtMs: number;
  expiresAtMs: number;
  usedAtMs?: number;
  /** The Star that it let in. */
  usedBy?: string;
  revokedAtMs?: number;
}

/** What somebody may do; each may do what the one before may. */
export type RoleWord = "viewer" | "operator" | "admin";

/** An API token, without its secret. */
export interface ApiTokenShape {
  id: string;
  name: string;
  role: RoleWord;
  /** The only constellations it reaches; all when absent. */
  constellations?: readonly string[];
  /** The only places on Stars it reaches; all when absent. */
  pathPrefixes?: readonly string[];
  state: "good" | "revoked" | "expired";
  createdAtMs: number;
  expiresAtMs?: number;
  lastUsedAtMs?: number;
  revokedAtMs?: number;
}

/** A token that was just made; its text is shown this once. */
export interface CreatedToken<T> {
  token: T;
  text: string;
}

/** A place on a Star; on the Nucleus's own disks without `star`. */
export interface PlaceShape {
  /** A name or an id in requests; the name as far as it is known in answers. */
  star?: string;
  /** Only in answers. */
  starId?: string;
  path: string;
}

/** The kinds of jobs that can be asked for. */
export const JOB_KINDS = [
  "scan",
  "hash",
  "chunk",
  "verify",
  "copy",
  "sync",
  "mirror",
  "move",
] as const;

/** One of {@linkcode JOB_KINDS}. */
export type JobKind = typeof JOB_KINDS[number];

/** What is asked for when a job is made. */
export interface JobRequest {
  kind: JobKind;
  /** Of scan, hash and chunk. */
  at?: PlaceShape;
  /** Of verify, copy, sync, mirror and move. */
  source?: PlaceShape;
  destination?: PlaceShape;
  /** Of copy, sync, mirror and move, as the rest: what is in the source, not itself (`SRC/`). */
  contents?: boolean;
  /** The destination must be a directory (`DST/`). */
  destinationIsDirectory?: boolean;
  /** What differs from `defaultSyncOptions`; the filter is the request's own. */
  options?: Partial<Omit<SyncOptions, "filter">>;
  /** Content may pass through the Nucleus when the Stars can't reach each other. */
  relay?: boolean;
  /** Each change that is made is told to those who follow the job, beside what fails. */
  changes?: boolean;
  /** What was synced is hashed at the destination when all is done: the job's manifest. */
  manifest?: boolean;
  /** Change nothing, and say what would be done to this path, relative to the source, and why. */
  explain?: string;
  /** rsync's rules in order: `- *.tmp`, `+ keep/`. */
  filter?: readonly string[];
  oneFileSystem?: boolean;
  label?: string;
  /** Higher goes first. */
  priority?: number;
}

/** How many items, and how many bytes. */
export interface TallyShape {
  items: number;
  bytes: number;
}

/** States of items. */
export const ITEM_STATES = [
  "pending",
  "running",
  "waiting",
  "done",
  "failed",
  "skipped",
  "stale",
] as const;

/** One of {@linkcode ITEM_STATES}. */
export type ItemStateWord = typeof ITEM_STATES[number];

/**
 * States of jobs. One that waits between two attempts is "running"; "interrupted" is one that no
 * process runs until the Nucleus is back.
 */
export const JOB_STATES = [
  "pending",
  "running",
  "paused",
  "interrupted",
  "succeeded",
  "partial",
  "failed",
  "cancelled",
] as const;

/** One of {@linkcode JOB_STATES}. */
export type JobStateWord = typeof JOB_STATES[number];

/** How far a job is that runs now, and what one that doesn't came to. */
export interface JobProgressShape {
  /** Entries listed, and bytes of content read. */
  entries: number;
  bytes: number;
  /** Bytes of content written, and of those the ones that the destination had already. */
  written?: number;
  matched?: number;
  /** The name of the Star that it waits for. */
  waitingFor?: string;
  /** Why, where that isn't simply away: the Star that is to take from it doesn't reach it. */
  waitingWhy?: string;
}

/** A step of a job. */
export interface StepShape {
  name: string;
  state: string;
  error?: ErrorData;
  counts: Record<ItemStateWord, TallyShape>;
}

/** A job. */
export interface JobShape {
  id: string;
  kind: string;
  label: string;
  state: JobStateWord;
  attempt: number;
  priority: number;
  /** Where it is; for a verification source and destination. */
  places: PlaceShape[];
  createdAtMs: number;
  startedAtMs?: number;
  finishedAtMs?: number;
  error?: ErrorData;
  /** Bytes of content that passed through the Nucleus from Star to Star; absent when none did. */
  relayedBytes?: number;
  /** Absent for a job that hasn't run. */
  progress?: JobProgressShape;
  /** Left out where jobs are listed. */
  steps?: StepShape[];
}

/** An item of a job. */
export interface ItemShape {
  position: number;
  step: string;
  key: string;
  state: ItemStateWord;
  bytes: number;
  failures: number;
  result?: unknown;
  error?: ErrorData;
  reason?: string;
}

/** A page of the manifest of a sync, in its order. */
export interface ManifestPageShape {
  /** Names with bytes that aren't UTF-8 have these in `pathBytes`, in base64. */
  files: (ManifestFile & { pathBytes?: string })[];
  /** `after` of the next page; absent when there is none. */
  next?: number;
}

/** Who did something. */
export interface ActorShape {
  kind: string;
  id?: string;
  address?: string;
}

/** A record of the audit log. */
export interface AuditShape {
  seq: number;
  atMs: number;
  actor: ActorShape;
  action: string;
  target?: string;
  outcome: "allowed" | "refused";
  reason?: string;
  detail?: Record<string, unknown>;
  hash: string;
}

/** Whether the audit log is what was written. */
export type AuditVerdictShape =
  | { ok: true; records: number; head?: { seq: number; hash: string } }
  | { ok: false; brokenAt: number; reason: string };

/** How the Nucleus is. */
export interface HealthShape {
  version: string;
  uptimeMs: number;
  stars: Record<StarStatusWord, number>;
  jobs: { running: number };
}

/** Whether a job can never run again. */
export function isOver(state: JobStateWord): boolean {
  return ["succeeded", "partial", "failed", "cancelled"].includes(state);
}
