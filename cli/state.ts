/**
 * Where Orbit keeps what outlives a run: `$XDG_STATE_HOME/orbit`, by default
 * `~/.local/state/orbit` (XDG Base Directory Specification).
 *
 * Each job has a folder of its own under `jobs/`, named by its id:
 * - `jobs.db`: the job itself, locked by the process that runs it;
 * - `owner.json`: who that is, for `orbit jobs`;
 * - `cancel`: made by `orbit jobs cancel`, and looked for by the owner.
 */
import { toSystemError } from "#core/deno_errors.ts";
import { OrbitError, toOrbitError } from "#core/errors.ts";
import type { Host } from "#core/program/host.ts";

/**
 * The folder of Orbit's state; it may not exist yet.
 *
 * @throws OrbitError `invalid` when neither variable names an absolute path.
 */
export function stateFolder(host: Pick<Host, "env">): string {
  const state = host.env("XDG_STATE_HOME");
  if (state?.startsWith("/")) return `${state}/orbit`;
  const home = host.env("HOME");
  if (home?.startsWith("/")) return `${home}/.local/state/orbit`;
  throw new OrbitError(
    "invalid",
    "find the state folder: neither XDG_STATE_HOME nor HOME is an absolute path",
  );
}

/** The folder that holds the job folders. */
export function jobsFolder(host: Pick<Host, "env">): string {
  return `${stateFolder(host)}/jobs`;
}

/** Ids of all jobs that have a folder, newest first. */
export function listJobFolders(folder: string): string[] {
  const names: string[] = [];
  try {
    for (const entry of Deno.readDirSync(folder)) {
      if (entry.isDirectory && JOB_ID.test(entry.name)) names.push(entry.name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw stateTrouble("list", folder, error);
  }
  return names.sort().reverse();
}

/** Ids are made of these; nothing else in the folder is touched. */
const JOB_ID = /^[0-9a-z]{12}$/;

/** The error for a file or folder of Orbit's state that the system refuses. */
export function stateTrouble(action: string, path: string, cause: unknown): OrbitError {
  const { message } = toOrbitError(toSystemError(cause, action, path));
  return new OrbitError("denied", `${message} (Orbit's state; XDG_STATE_HOME moves it)`, {
    cause,
    detail: { path },
  });
}
