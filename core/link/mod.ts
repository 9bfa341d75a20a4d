/**
 * Direct Link: content from one Star to another, over HTTPS with certificates on both sides, for
 * exactly the files that the Nucleus granted.
 *
 * The Nucleus signs a grant ({@linkcode GrantSigner}); the destination opens a link with it
 * ({@linkcode openLink}), which is a `PackSource` like any other; the source checks the grant by
 * itself and serves parcels ({@linkcode createLinkServer}). A grant is bound to the destination's
 * certificate, the source's address, the files' hash, a number of bytes and a time, and is good once.
 *
 * @module
 */
export {
  createGrantKeys,
  type Grant,
  GRANT_LIFETIME_MAX_MS,
  type GrantKeys,
  GrantReader,
  GrantSigner,
  GrantVerifier,
} from "./grant.ts";
export { filesOf, hashItems, type LinkFiles } from "./items.ts";
export { type LinkSource, type LinkTarget, type LinkTimeouts, openLink } from "./client.ts";
export { type LinkCredentials, UNREACHED } from "./connection.ts";
export { type LinkPeer, LinkPool } from "./pool.ts";
export { LINK_METRICS, type MetricName } from "./metric_names.ts";
export {
  BATCH_BOUNDS_MS,
  type BatchOutcome,
  LinkMeter,
  type LinkTotals,
  NO_LINK_TOTALS,
} from "./meter.ts";
export { createLinkServer, type LinkServerServices } from "./server.ts";
export { KEEP_ALIVE_MS } from "./limits.ts";
export { OfferedConnections } from "./offered.ts";
export { Offering, type OfferingServices } from "./offering.ts";
export { ReplayGuard, type ReplayStorage, type UsedEntry } from "./replay.ts";
