/** Rows of the registry as Stars. */
import { fromJson, type Row } from "#core/sqlite/mod.ts";
import type { StarId } from "#core/identity/mod.ts";
import type { Presence } from "./presence.ts";
import type { Standing, Star, StarStatus } from "./star.ts";

/** A Star's row, with what memory knows of it. */
export function toStar(row: Row, presence: Presence): Star {
  const id = row.id as StarId;
  const last = presence.last(id);
  return {
    id,
    name: row.name,
    constellation: row.constellation,
    standing: row.standing,
    status: statusOf(id, row.standing, presence),
    hostname: fromJson(row.hostname)!,
    version: fromJson(row.version)!,
    platform: fromJson(row.platform),
    address: fromJson(row.address),
    refusedAddress: fromJson(row.refused_address),
    capabilities: fromJson(row.capabilities)!,
    roots: fromJson(row.roots)!,
    grantedRoots: fromJson(row.granted_roots)!,
    walls: fromJson(row.walls),
    joinedAtMs: row.joined_ms,
    joinedFrom: row.joined_from ?? undefined,
    lastHeartbeatAtMs: last?.atMs ?? row.heartbeat_ms ?? undefined,
    heartbeat: last?.heartbeat ?? fromJson(row.heartbeat),
    certificate: row.thumbprint === null
      ? undefined
      : { serial: row.serial, thumbprint: row.thumbprint, notAfter: row.not_after_ms },
  };
}

/** What people see of a standing. */
export function statusOf(id: StarId, standing: Standing, presence: Presence): StarStatus {
  if (standing !== "active") return standing;
  return presence.isOnline(id) ? "online" : "offline";
}
