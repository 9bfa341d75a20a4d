/** What answers each route: one handler for every entry of the table, and for nothing else. */
import * as apiTokens from "./api_tokens.ts";
import * as audit from "./audit.ts";
import { followJob } from "./events.ts";
import type { Handler } from "./exchange.ts";
import { health, healthz } from "./health.ts";
import * as jobs from "./jobs.ts";
import { readLog } from "./log.ts";
import { showManifest } from "./manifest.ts";
import { metrics } from "./metrics.ts";
import { readResults } from "./results.ts";
import type { RouteName } from "./routes.ts";
import * as stars from "./stars.ts";
import * as tokens from "./tokens.ts";

/** Handlers by the names of their routes. */
export const handlers: Record<RouteName, Handler> = {
  ...{ healthz, health, metrics },
  listStars: stars.listStars,
  showStar: stars.showStar,
  approveStar: stars.approveStar,
  revokeStar: stars.revokeStar,
  drainStar: stars.drainStar,
  resumeStar: stars.resumeStar,
  renameStar: stars.renameStar,
  removeStar: stars.removeStar,
  listTokens: tokens.listTokens,
  createToken: tokens.createToken,
  revokeToken: tokens.revokeToken,
  listApiTokens: apiTokens.listApiTokens,
  createApiToken: apiTokens.createApiToken,
  revokeApiToken: apiTokens.revokeApiToken,
  listJobs: jobs.listJobs,
  createJob: jobs.createJob,
  showJob: jobs.showJob,
  cancelJob: jobs.cancelJob,
  pauseJob: jobs.pauseJob,
  resumeJob: jobs.resumeJob,
  listItems: jobs.listItems,
  ...{ readResults, showManifest, readLog, followJob },
  listAudit: audit.listAudit,
  verifyAudit: audit.verifyAudit,
};
