/**
 * The audit log: who did what to the grid, when, and what was refused. Records are added and never
 * changed; each carries a hash over all before it, so a change made behind Orbit's back shows.
 *
 * @module
 */
export { type AuditFilter, type AuditLog, SqliteAuditLog } from "./audit_log.ts";
export { canonicalJson, type JsonValue } from "./canonical_json.ts";
export { type Actor, type AuditEntry, type AuditRecord } from "./record.ts";
export { AUDIT_TABLES } from "./tables.ts";
export type { AuditHead, AuditVerdict } from "./verify.ts";
