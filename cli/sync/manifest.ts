/** `--manifest`: the hashes of a finished sync, as lines that `b3sum --check` reads. */
import { absolutePath } from "#core/absolute_path.ts";
import { attempt } from "#core/deno_errors.ts";
import { systemError } from "#core/errors.ts";
import { formatSumLine, fromHex } from "#core/hash/mod.ts";
import type { JobId, JobStore } from "#core/magnetar/mod.ts";
import {
  type ManifestFile,
  readManifest,
  type SyncEvent,
  type SyncOutcome,
} from "#core/sync/mod.ts";

/** Files read, and lines written, at a time. */
const PAGE = 1000;

const encoder = new TextEncoder();

/** Pages of files, from wherever they are kept. */
export type ManifestPages = AsyncIterable<ManifestFile[]> | Iterable<ManifestFile[]>;

/**
 * Sees before a run whether a manifest can be there when it is over.
 *
 * @throws OrbitError `conflict` when a directory is in its place, `not_found` when there is no
 *   directory for it.
 */
export function checkManifest(path: string): void {
  naming(path, () => Deno.statSync(absolutePath(path, "..")));
  if (isDirectory(path)) throw systemError("EISDIR", "write manifest", path);
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false; // what is wrong with it, if anything, shows when it is written
  }
}

/**
 * Writes the manifest of a job that hashed its destination. Names are relative to the destination.
 * The file appears whole or not at all.
 */
export async function writeManifest(
  path: string,
  jobId: string,
  pages: ManifestPages,
): Promise<void> {
  const staged = `${path}.${jobId}.tmp`;
  const options = { write: true, create: true, truncate: true };
  using file = naming(path, () => Deno.openSync(staged, options));
  try {
    for await (const page of pages) {
      const bytes = encoder.encode(page.map(lineOf).join(""));
      naming(path, () => writeAll(file, bytes));
    }
    naming(path, () => Deno.renameSync(staged, path));
  } catch (error) {
    removeQuietly(staged);
    throw error;
  }
}

/** Whether a run came to its end, so that its list is whole: any other would replace a whole one. */
const IS_LISTED: Record<SyncOutcome, boolean> = {
  complete: true,
  partial: true,
  vanished: true,
  "delete-limit": true,
  interrupted: false,
  cancelled: false,
  timeout: false,
  failed: false,
};

/** Whether a run that ended so has a manifest. */
export function isListed(outcome: SyncOutcome): boolean {
  return IS_LISTED[outcome];
}

/** Says before the end of a run without a manifest that what is there was left alone. */
export function notingManifest(
  path: string | undefined,
  observer: (event: SyncEvent) => void,
): (event: SyncEvent) => void {
  if (path === undefined) return observer;
  return (event) => {
    if (event.type === "end" && !isListed(event.report.outcome)) {
      const message = `manifest ${JSON.stringify(path)} isn't written: the sync didn't come to ` +
        "its end";
      observer({ type: "note", message });
    }
    observer(event);
  };
}

/** The pages of a job of this machine. */
export function* manifestPages(store: JobStore, jobId: JobId): Generator<ManifestFile[]> {
  let after: number | undefined;
  for (;;) {
    const { files, next } = readManifest(store, jobId, { after, limit: PAGE });
    yield files;
    if (next === undefined) return;
    after = next;
  }
}

function lineOf({ path, hash }: ManifestFile): string {
  return formatSumLine(fromHex(hash), path) + "\n";
}

/** Names the manifest in what goes wrong with its file. */
function naming<T>(path: string, act: () => T): T {
  return attempt("write manifest", path, act);
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Why it isn't wanted any more says more.
  }
}
