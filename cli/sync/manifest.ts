/** `--manifest`: the hashes of a finished sync, as lines that `b3sum --check` reads. */
import { OrbitError } from "#core/errors.ts";
import { formatSumLine, fromHex } from "#core/hash/mod.ts";
import type { JobId, JobStore } from "#core/magnetar/mod.ts";

/** Items read, and lines written, at a time. */
const PAGE = 1000;

const encoder = new TextEncoder();

/**
 * Writes the manifest of a job that hashed its destination. Names are relative to the destination.
 * The file appears whole or not at all.
 */
export function writeManifest(path: string, store: JobStore, jobId: JobId): void {
  const staged = `${path}.${jobId}.tmp`;
  try {
    using file = Deno.openSync(staged, { write: true, create: true, truncate: true });
    for (const page of pages(store, jobId)) writeAll(file, encoder.encode(page));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OrbitError("internal", `write manifest ${JSON.stringify(path)}: ${reason}`, {
      cause,
      detail: { path },
    });
  }
  Deno.renameSync(staged, path);
}

function* pages(store: JobStore, jobId: JobId): Generator<string> {
  let after: number | undefined;
  for (;;) {
    const items = store.items(jobId, { step: "manifest", states: ["done"], after, limit: PAGE });
    if (items.length === 0) return;
    after = items.at(-1)!.position;
    let text = "";
    for (const item of items) {
      const { hash } = item.result as { hash: string };
      text += formatSumLine(fromHex(hash), item.key) + "\n";
    }
    yield text;
  }
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}
