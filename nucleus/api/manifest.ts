/** The hashes that a sync made at its destination, page by page. */
import * as v from "valibot";
import { OrbitError } from "#core/errors.ts";
import type { SyncOrder } from "#core/file_jobs/mod.ts";
import type { ManifestPageShape } from "#core/grid_api/mod.ts";
import { isFinished } from "#core/magnetar/mod.ts";
import { nameFields } from "#core/program/output/name_fields.ts";
import { readManifest } from "#core/sync/mod.ts";
import type { Handler } from "./exchange.ts";
import { digits, limit, readQuery } from "./input.ts";
import { findJob } from "./job_shape.ts";
import { jsonResponse } from "./problem.ts";

const manifestQuery = v.strictObject({
  after: v.optional(digits({ least: 0, most: Number.MAX_SAFE_INTEGER })),
  limit,
});

export const showManifest: Handler = (exchange) => {
  const { context, jobs } = exchange;
  const { after, limit = 100 } = readQuery(context.req.url, manifestQuery);
  const { id, state, spec } = findJob(exchange);
  const what = `read manifest of job ${JSON.stringify(id)}`;
  if (!(spec as Partial<SyncOrder>).manifest) {
    throw new OrbitError("not_found", `${what}: it was made without "manifest"`);
  }
  if (!isFinished(state)) throw new OrbitError("conflict", `${what}: it is ${state}, not over`);
  const { files, next } = readManifest(jobs.store, id, { after, limit });
  const page: ManifestPageShape = {
    files: files.map(({ path, ...rest }) => ({ ...nameFields("path", path), ...rest })),
    next,
  };
  return jsonResponse(page);
};
