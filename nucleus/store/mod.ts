/**
 * The Nucleus's database: the registry of Stars, join tokens, API tokens, revoked certificates and
 * the audit log, in one file with one owner.
 *
 * ```ts
 * using store = openGridStore(folder);
 * store.transact(() => {
 *   store.stars.approve(id);
 *   store.audit.append({ actor, action: "star.approve", target: id, outcome: "allowed" });
 * });
 * ```
 *
 * @module
 */
export {
  type ApiTokenCheck,
  type ApiTokenEntry,
  type ApiTokenRecord,
  type ApiTokenTable,
  type Role,
  ROLES,
  type Scope,
} from "./api_token_table.ts";
export type { RevokedCertificate } from "./certificate_table.ts";
export { type GridStore, openGridStore } from "./grid_store.ts";
export type {
  JoinTokenCheck,
  JoinTokenEntry,
  JoinTokenFilter,
  JoinTokenRecord,
  JoinTokenRefusal,
  JoinTokenTable,
  Verify,
} from "./join_token_table.ts";
export { type ConnectionId, OFFLINE_AFTER_MS } from "./presence.ts";
export {
  type HeartbeatFacts,
  type HelloFacts,
  type RefusedAddress,
  type Standing,
  type Star,
  STAR_STATUSES,
  type StarCertificate,
  type StarRoot,
  type StarStatus,
  type StarWalls,
} from "./star.ts";
export { DEFAULT_CONSTELLATION, parseName, toName } from "./star_name.ts";
export type { NewStar, StarFilter, StarRegistry } from "./star_registry.ts";
