/**
 * Which job is doing, or was last doing, a request: so that the same command again goes on with an
 * interrupted job. One small file a request, named by the request's hash, holding the job's id.
 */
import { createHash } from "node:crypto";
import type { SyncRequest } from "#core/sync/mod.ts";

/** The job that began this request and didn't finish it; undefined when there is none. */
export function findUnfinished(stateFolder: string, request: SyncRequest): string | undefined {
  try {
    return Deno.readTextFileSync(fileOf(stateFolder, request));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Notes that a job works on a request, until told to forget it. */
export function rememberUnfinished(
  stateFolder: string,
  request: SyncRequest,
  jobId: string,
): { forget(): void } {
  Deno.mkdirSync(`${stateFolder}/unfinished`, { recursive: true, mode: 0o700 });
  const path = fileOf(stateFolder, request);
  Deno.writeTextFileSync(path, jobId, { mode: 0o600 });
  return {
    forget() {
      // Another run of the same request may have taken the place meanwhile.
      if (findUnfinished(stateFolder, request) === jobId) Deno.removeSync(path);
    },
  };
}

function fileOf(stateFolder: string, request: SyncRequest): string {
  const hash = createHash("sha256").update(JSON.stringify(request)).digest("hex").slice(0, 32);
  return `${stateFolder}/unfinished/${hash}`;
}
