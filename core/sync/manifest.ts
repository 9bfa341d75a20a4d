/** The manifest of a sync: the hashes of its files, as they lie at the destination. */
import type { JobId, JobStore } from "#core/magnetar/mod.ts";

/** A file of a manifest. */
export interface ManifestFile {
  /** Relative to the destination. */
  path: string;
  /** BLAKE3, in lower-case hexadecimal digits. */
  hash: string;
  size: number;
}

/** Some files of a manifest, in the order of their paths' bytes. */
export interface ManifestPage {
  files: ManifestFile[];
  /** `after` of the next page; absent when there is none. */
  next?: number;
}

/** Which page, and of how many files at most. */
export interface ManifestQuery {
  after?: number;
  limit: number;
}

/**
 * A page of what a job recorded that was run with `manifest`. What only an earlier attempt found in
 * the source is left out, but for what a move has taken from there.
 *
 * @throws {OrbitError} `not_found` when there is no such job, or it isn't a sync.
 */
export function readManifest(
  store: JobStore,
  id: JobId,
  { after, limit }: ManifestQuery,
): ManifestPage {
  const { attempt, steps } = store.job(id);
  const moves = steps.some(({ name }) => name === "remove");
  const order = { step: "manifest", byKey: true } as const;
  const items = store.items(id, { ...order, states: ["done"], after, limit });
  return {
    files: items.filter((item) => moves || item.attempt === attempt).map(({ key, result }) => {
      const { hash, size } = result as Pick<ManifestFile, "hash" | "size">;
      return { path: key, hash, size };
    }),
    next: items.length === limit ? items.at(-1)!.position : undefined,
  };
}
