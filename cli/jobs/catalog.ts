/** The jobs of this machine, each in a folder of its own. */
import { type ErrorData, OrbitError, toErrorData } from "#core/errors.ts";
import { listJobFolders } from "../state.ts";
import { type JobOwner, readOwner } from "./owner.ts";

/** A job as its store keeps it. */
export interface StoredJob {
  id: string;
  kind: string;
  label: string;
  /** What it takes to run it again: for a sync, its request. */
  spec: unknown;
  state: string;
  /** How often it was started. */
  attempt: number;
  createdAtMs: number;
  startedAtMs?: number;
  finishedAtMs?: number;
  error?: ErrorData;
  steps: readonly { name: string; state: string }[];
}

/** The store in a job's folder; `openJobStore` of `core/magnetar` gives one. */
export interface JobFolderStore extends Disposable {
  /** Newest first. */
  jobs(filter: { limit: number }): StoredJob[];
  cancel(id: string): void;
}

/** Opens the store in a folder, alone; throws `conflict` when another process has it. */
export type OpenJobFolder = (folder: string) => JobFolderStore;

/** What can be told about a job folder. */
export type JobFolder =
  | { id: string; status: "stored"; job: StoredJob }
  /** Another process runs it. */
  | { id: string; status: "running"; owner?: JobOwner }
  /** Nothing was put in it: its process died at once. */
  | { id: string; status: "empty"; changedAtMs: number }
  | { id: string; status: "damaged"; error: ErrorData };

/** States that a job doesn't leave. */
const FINISHED: ReadonlySet<string> = new Set(["succeeded", "partial", "failed", "cancelled"]);

/** Whether the job is over for good. */
export function isOver(job: StoredJob): boolean {
  return FINISHED.has(job.state);
}

/** The job folders under one folder. */
export class JobCatalog {
  readonly #folder: string;
  readonly #open: OpenJobFolder;

  constructor(folder: string, open: OpenJobFolder) {
    this.#folder = folder;
    this.#open = open;
  }

  /** Every job, newest first. */
  list(): JobFolder[] {
    return listJobFolders(this.#folder).map((id) => this.read(id));
  }

  /** @throws OrbitError `not_found` when there is no such job. */
  find(id: string): JobFolder {
    if (!listJobFolders(this.#folder).includes(id)) {
      throw new OrbitError("not_found", `find job ${JSON.stringify(id)}: unknown`);
    }
    return this.read(id);
  }

  /** Where the job's store and its owner's file are. */
  folderOf(id: string): string {
    return `${this.#folder}/${id}`;
  }

  /** Cancels a job that doesn't run. */
  cancel(id: string): void {
    using store = this.#open(this.folderOf(id));
    for (const job of store.jobs({ limit: 1 })) store.cancel(job.id);
  }

  /** Removes the job and all that is known of it. */
  remove(id: string): void {
    Deno.removeSync(this.folderOf(id), { recursive: true });
  }

  /** What the folder of an id tells. */
  read(id: string): JobFolder {
    const folder = this.folderOf(id);
    const empty = { id, status: "empty", changedAtMs: changedAtMs(folder) } as const;
    if (!hasStore(folder)) return empty;
    try {
      using store = this.#open(folder);
      const job = store.jobs({ limit: 1 }).at(0);
      return job === undefined ? empty : { id, status: "stored", job };
    } catch (error) {
      if (error instanceof OrbitError && error.code === "conflict") {
        return { id, status: "running", owner: readOwner(folder) };
      }
      if (!(error instanceof OrbitError)) throw error;
      return { id, status: "damaged", error: toErrorData(error) };
    }
  }
}

/** When anything was last put into the folder; now when it has just gone. */
function changedAtMs(folder: string): number {
  try {
    return Deno.lstatSync(folder).mtime?.getTime() ?? Date.now();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return Date.now();
    throw error;
  }
}

function hasStore(folder: string): boolean {
  try {
    return Deno.lstatSync(`${folder}/jobs.db`).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
