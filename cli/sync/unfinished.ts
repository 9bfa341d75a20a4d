/**
 * Which job is doing, or was last doing, a request: so that the same command again goes on with an
 * interrupted job. One small file a request, named by the request's hash, holding the job's id.
 */
import { toHex } from "#core/hash/mod.ts";
import { stateTrouble } from "../state.ts";
import type { SyncRequest } from "#core/sync/mod.ts";

/** The job that began this request and didn't finish it; undefined when there is none. */
export async function findUnfinished(
  stateFolder: string,
  request: SyncRequest,
): Promise<string | undefined> {
  return readIfThere(await fileOf(stateFolder, request));
}

/** Notes that a job works on a request, until told to forget it. */
export async function rememberUnfinished(
  stateFolder: string,
  request: SyncRequest,
  jobId: string,
): Promise<{ forget(): void }> {
  const path = await fileOf(stateFolder, request);
  try {
    write(`${stateFolder}/unfinished`, path, jobId);
  } catch (cause) {
    throw stateTrouble("remember the job in", path, cause);
  }
  return {
    forget() {
      // Another run of the same request may have taken the place meanwhile.
      if (readIfThere(path) === jobId) Deno.removeSync(path);
    },
  };
}

async function fileOf(stateFolder: string, request: SyncRequest): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(request));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `${stateFolder}/unfinished/${toHex(hash).slice(0, 32)}`;
}

/** Renamed into place: a torn file would lose sight of the job and of what it staged. */
function write(folder: string, path: string, jobId: string): void {
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const staged = `${path}.${Deno.pid}`;
  Deno.writeTextFileSync(staged, jobId, { mode: 0o600 });
  Deno.renameSync(staged, path);
}

/** Far above any job id, far below what hurts. */
const MAX_BYTES = 1024;

function readIfThere(path: string): string | undefined {
  try {
    const { isSymlink, isFile, size } = Deno.lstatSync(path);
    // Not what was written here: the next job takes its place.
    if (isSymlink || (isFile && size > MAX_BYTES)) return undefined;
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw stateTrouble("read", path, error);
  }
}
