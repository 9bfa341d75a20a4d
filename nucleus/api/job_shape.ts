/** Jobs as they are told, to those who may see them. */
import { type Job, type JobId, parseJobId, type StepCounts } from "#core/magnetar/mod.ts";
import { OrbitError } from "#core/errors.ts";
import {
  FILE_JOB_KINDS,
  type FileJobProgress,
  type FileOrder,
  type Place,
  placesOf,
  totalsOf,
} from "#core/file_jobs/mod.ts";
import type {
  ItemStateWord,
  JobProgressShape,
  JobShape,
  JobStateWord,
  PlaceShape,
  TallyShape,
} from "#core/grid_api/mod.ts";
import { parseStarId } from "#core/identity/mod.ts";
import type { GridStore, Star } from "../store/mod.ts";
import type { Exchange } from "./exchange.ts";
import { isScoped, type Principal, reachesPath, sees } from "./principal.ts";

/**
 * The job of an id, if the one who asks may see it.
 *
 * @throws {OrbitError} `not_found`, alike for what isn't there and what may not be seen; `invalid`
 * for what is no id.
 */
export function findJob({ jobs, store, principal, param }: Exchange): Job {
  const id = parseJobId(param("job").slice(0, 64));
  const unknown = new OrbitError("not_found", `no job ${JSON.stringify(id)}`);
  const job = tryJob(jobs.store.job.bind(jobs.store), id);
  if (job === undefined || !seesJob(principal, job, store)) throw unknown;
  return job;
}

function tryJob(find: (id: JobId) => Job, id: JobId): Job | undefined {
  try {
    return find(id);
  } catch (error) {
    if (error instanceof OrbitError && error.code === "not_found") return undefined;
    throw error;
  }
}

/** Whether every place of a job is within reach. */
export function seesJob(principal: Principal, job: Job, store: GridStore): boolean {
  const { role, scope } = principal;
  if (role === "admin" && !isScoped(scope)) return true;
  const places = placesOfJob(job);
  return places.length > 0 && places.every(({ starId, path }) => {
    if (starId === undefined) return false;
    const star = starById(store, starId);
    const isSeen = star === undefined ? scope.constellations === undefined : sees(principal, star);
    return isSeen && reachesPath(scope, path);
  });
}

/** The places of a job; none when it isn't a job with files. */
function placesOfJob({ kind, spec }: Job): Place[] {
  return FILE_JOB_KINDS.some((known) => known === kind) ? placesOf(spec as FileOrder) : [];
}

function starById(store: GridStore, id: string): Star | undefined {
  return store.stars.byId(parseStarId(id));
}

/** A job as a list tells it. */
export function toJobShape(job: Job, { store, jobs }: Pick<Exchange, "store" | "jobs">): JobShape {
  const progress = jobs.desk.progress(job.id) ?? totalsOfEnded(job);
  const { id, kind, label, attempt, priority } = job, state = stateOf(job, jobs);
  const { createdAtMs, startedAtMs, finishedAtMs, error } = job;
  const waitingFor = progress?.waitingFor && nameOf(store, progress.waitingFor);
  return {
    ...{ id, kind, label, state, attempt, priority },
    places: placesOfJob(job).map((place) => toPlaceShape(store, place)),
    ...{ createdAtMs, startedAtMs, finishedAtMs, error },
    relayedBytes: progress?.relayed || undefined,
    progress: progress && { ...toProgressShape(progress), waitingFor },
  };
}

/** Between two attempts a job is at work, too: it waits for a machine that was lost. */
function stateOf({ id, state }: Job, { desk }: Exchange["jobs"]): JobStateWord {
  return state === "interrupted" && desk.progress(id) !== undefined ? "running" : state;
}

/** What a job that doesn't run came to; undefined when that isn't known. */
function totalsOfEnded(job: Job): FileJobProgress | undefined {
  const totals = totalsOf(job);
  return Object.values(totals).some((count) => count > 0) ? totals : undefined;
}

/** Without what a sync says of itself: its log tells that. */
function toProgressShape(
  { totals: _, current: __, ...progress }: FileJobProgress,
): JobProgressShape {
  return progress;
}

/** A job with its steps and how many items stand where. */
export function toFullJobShape(
  job: Job,
  services: Pick<Exchange, "store" | "jobs">,
): JobShape {
  const counts = services.jobs.store.glance(job.id);
  const steps = job.steps.map(({ name, state, error }) => ({
    ...{ name, state, error },
    counts: toCounts(counts[name]),
  }));
  return { ...toJobShape(job, services), steps };
}

function toCounts(counts: StepCounts): Record<ItemStateWord, TallyShape> {
  const shapes = Object.entries(counts).map(([state, { items, weight }]) =>
    [state, { items, bytes: weight }] as const
  );
  return Object.fromEntries(shapes) as Record<ItemStateWord, TallyShape>;
}

function toPlaceShape(store: GridStore, { starId, path }: Place): PlaceShape {
  return starId === undefined ? { path } : { star: nameOf(store, starId), starId, path };
}

/** A Star that was removed has its id only. */
function nameOf(store: GridStore, starId: string): string {
  return starById(store, starId)?.name ?? starId;
}
