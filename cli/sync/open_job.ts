/** The job of a run: an interrupted one of the same request, or a new one. */
import { OrbitError } from "#core/errors.ts";
import { createJobId, type JobId, type JobStore, openJobStore } from "#core/magnetar/mod.ts";
import { type SyncRequest, syncStepGraph } from "#core/sync/mod.ts";
import type { Host } from "#core/program/host.ts";
import { jobsFolder, listJobFolders, stateFolder } from "../state.ts";
import { findUnfinished, rememberUnfinished } from "./unfinished.ts";

/** The job of a run, and where it is kept. */
export interface OpenJob {
  store: JobStore;
  id: JobId;
  folder: string;
  /** It goes on with an earlier attempt. */
  resumed: boolean;
  /** Call it when the same request is to start anew next time. */
  forget: () => void;
}

/** How to open a job. */
export interface OpenJobOptions {
  /** The job to go on with; else the request's interrupted one, if there is one. */
  resume?: string;
  /** What jobs are called in lists. */
  label: string;
  /** Is told why an interrupted job can't be gone on with. */
  onNote: (message: string) => void;
}

/** Opens the job to go on with, or makes a new one. */
export async function openSyncJob(
  request: SyncRequest,
  { resume, label, onNote }: OpenJobOptions,
  host: Host,
): Promise<OpenJob> {
  const root = jobsFolder(host), state = stateFolder(host);
  const goOn = async (id: JobId, store: JobStore): Promise<OpenJob> => {
    const { forget } = await rememberUnfinished(state, request, id);
    return { store, id, folder: `${root}/${id}`, resumed: true, forget };
  };
  const create = (id: JobId, store: JobStore) =>
    store.createJob({
      id,
      kind: "sync",
      label,
      spec: request,
      steps: syncStepGraph(request.options),
    });
  if (resume !== undefined) return await goOn(resume as JobId, openJobStore(`${root}/${resume}`));
  const earlier = await findUnfinished(state, request);
  const found = earlier !== undefined && listJobFolders(root).includes(earlier)
    ? openEarlier(`${root}/${earlier}`, earlier, onNote)
    : undefined;
  if (found !== undefined) {
    if (found.isNew) create(earlier as JobId, found.store);
    return await goOn(earlier as JobId, found.store);
  }
  return await startNew(request, create, host);
}

async function startNew(
  request: SyncRequest,
  create: (id: JobId, store: JobStore) => void,
  host: Host,
): Promise<OpenJob> {
  for (let tries = 1;; tries++) {
    const id = createJobId(host.now(), Math.random), folder = `${jobsFolder(host)}/${id}`;
    // Remembered before it exists: a job that dies at once is found, and made then.
    const { forget } = await rememberUnfinished(stateFolder(host), request, id);
    try {
      const store = openJobStore(folder);
      create(id, store);
      return { store, id, folder, resumed: false, forget };
    } catch (error) {
      // The same command elsewhere may find it before it is made, and make it.
      const isTaken = error instanceof OrbitError && error.code === "conflict";
      if (!isTaken || tries === MAX_TRIES) throw error;
    }
  }
}

/** How often a new job may be snatched away by the same command elsewhere. */
const MAX_TRIES = 3;

const RESUMABLE: ReadonlySet<string> = new Set(["pending", "interrupted"]);

/** The store of an interrupted job, if that can be gone on with or made anew. */
function openEarlier(
  folder: string,
  id: string,
  onNote: OpenJobOptions["onNote"],
): { store: JobStore; isNew: boolean } | undefined {
  let store: JobStore;
  try {
    store = openJobStore(folder);
  } catch (error) {
    if (!(error instanceof OrbitError)) throw error;
    if (error.code === "corrupt") return replaceDamaged(folder, error, onNote);
    onNote(`${error.message}; starting another job`);
    return undefined;
  }
  const [job] = store.jobs({ limit: 1 });
  if (job === undefined) return { store, isNew: true };
  if (job.id === id && RESUMABLE.has(job.state)) return { store, isNew: false };
  store[Symbol.dispose]();
  return undefined;
}

/** Starts the job anew under its own id, so that what its earlier attempts staged is still its. */
function replaceDamaged(folder: string, error: OrbitError, onNote: OpenJobOptions["onNote"]) {
  for (const name of ["jobs.db", "jobs.db-wal", "jobs.db-shm"]) {
    try {
      Deno.renameSync(`${folder}/${name}`, `${folder}/${name}.damaged`);
    } catch (cause) {
      if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    }
  }
  const store = openJobStore(folder);
  onNote(`${error.message}; it is set aside as jobs.db.damaged, and the job starts anew`);
  return { store, isNew: true };
}
