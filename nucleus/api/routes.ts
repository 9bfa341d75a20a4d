/**
 * Every route of the REST surface and who may ask for it. A route that isn't here can't be
 * served, and nobody may do what isn't said here.
 */
import type { Role } from "../store/mod.ts";

/** A route and who may ask for it. */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  /** The least role; each may do what the one before may. Anybody at all when `anyone`. */
  readonly role: Role | "anyone";
  /** What it is called in the audit log. */
  readonly action: string;
  /** It changes something: the audit log has it, allowed or refused. */
  readonly changes?: true;
  /** Only for those whose scope is limited by nothing. */
  readonly unscoped?: true;
}

const V1 = "/api/v1";

function get(path: string, role: Role, action: string): Route {
  return { method: "GET", path: V1 + path, role, action };
}

function change(method: "POST" | "DELETE", path: string, role: Role, action: string): Route {
  return { method, path: V1 + path, role, action, changes: true };
}

/** The table. */
export const ROUTES = {
  healthz: { method: "GET", path: "/healthz", role: "anyone", action: "health.ping" },
  health: get("/health", "viewer", "health.show"),
  // Tells of all Stars.
  metrics: { ...get("", "viewer", "metrics.show"), path: "/metrics", unscoped: true },

  listStars: get("/stars", "viewer", "star.list"),
  showStar: get("/stars/:star", "viewer", "star.show"),
  approveStar: change("POST", "/stars/:star/approve", "admin", "star.approve"),
  revokeStar: change("POST", "/stars/:star/revoke", "admin", "star.revoke"),
  drainStar: change("POST", "/stars/:star/drain", "operator", "star.drain"),
  resumeStar: change("POST", "/stars/:star/resume", "operator", "star.resume"),
  renameStar: change("POST", "/stars/:star/rename", "admin", "star.rename"),
  removeStar: change("DELETE", "/stars/:star", "admin", "star.remove"),

  listTokens: get("/tokens", "admin", "token.list"),
  createToken: change("POST", "/tokens", "admin", "token.create"),
  revokeToken: change("DELETE", "/tokens/:token", "admin", "token.revoke"),

  listApiTokens: get("/api-tokens", "admin", "api_token.list"),
  createApiToken: change("POST", "/api-tokens", "admin", "api_token.create"),
  revokeApiToken: change("DELETE", "/api-tokens/:token", "admin", "api_token.revoke"),

  listJobs: get("/jobs", "viewer", "job.list"),
  createJob: change("POST", "/jobs", "operator", "job.create"),
  showJob: get("/jobs/:job", "viewer", "job.show"),
  cancelJob: change("POST", "/jobs/:job/cancel", "operator", "job.cancel"),
  pauseJob: change("POST", "/jobs/:job/pause", "operator", "job.pause"),
  resumeJob: change("POST", "/jobs/:job/resume", "operator", "job.resume"),
  listItems: get("/jobs/:job/items", "viewer", "job.items"),
  readResults: get("/jobs/:job/results", "viewer", "job.results"),
  showManifest: get("/jobs/:job/manifest", "viewer", "job.manifest"),
  readLog: get("/jobs/:job/log", "viewer", "job.log"),
  followJob: get("/jobs/:job/events", "viewer", "job.events"),

  listAudit: { ...get("/audit", "admin", "audit.list"), unscoped: true },
  verifyAudit: { ...get("/audit/verify", "admin", "audit.verify"), unscoped: true },
} as const satisfies Record<string, Route>;

/** The name of a route. */
export type RouteName = keyof typeof ROUTES;
