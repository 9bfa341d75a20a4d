/** What the process that runs a job tells others, and how they ask it to stop. */
import { exists } from "#core/deno_errors.ts";

/** The process that runs a job. */
export interface JobOwner {
  pid: number;
  /** Milliseconds since 1970. */
  startedAtMs: number;
  /** What it does, for people: `sync a b → c`. */
  label: string;
}

/** How often an owner looks for a request to cancel. */
const POLL_MS = 500;

/** Far above any owner file, far below what hurts. */
const MAX_OWNER_BYTES = 64 * 1024;

/**
 * Makes this process known as the owner of a job, for as long as the result isn't disposed.
 * Call it only while holding the job's lock. An earlier request to cancel is forgotten.
 */
export function claimJob(folder: string, owner: JobOwner): Disposable {
  removeIfThere(`${folder}/cancel`);
  const staged = `${folder}/owner.json.new`;
  Deno.writeTextFileSync(staged, JSON.stringify(owner), { mode: 0o600 });
  Deno.renameSync(staged, `${folder}/owner.json`);
  return { [Symbol.dispose]: () => removeIfThere(`${folder}/owner.json`) };
}

/** Who last claimed the job; undefined when nobody did, or its file can't be understood. */
export function readOwner(folder: string): JobOwner | undefined {
  try {
    const path = `${folder}/owner.json`;
    const { size, isFile } = Deno.lstatSync(path);
    if (!isFile || size > MAX_OWNER_BYTES) return undefined;
    const { pid, startedAtMs, label } = JSON.parse(Deno.readTextFileSync(path));
    const isOwner = Number.isSafeInteger(pid) && Number.isFinite(startedAtMs) &&
      typeof label === "string";
    return isOwner ? { pid, startedAtMs, label } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Asks the owner of a running job to stop. */
export function requestCancel(folder: string): void {
  Deno.writeTextFileSync(`${folder}/cancel`, "", { mode: 0o600 });
}

/** Calls back, once, when somebody asks the owner to stop. */
export function watchCancel(
  folder: string,
  every: (milliseconds: number, callback: () => void) => Disposable,
  callback: () => void,
): Disposable {
  const timer = every(POLL_MS, () => {
    if (!exists(`${folder}/cancel`)) return;
    removeIfThere(`${folder}/cancel`);
    timer[Symbol.dispose]();
    callback();
  });
  return timer;
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
