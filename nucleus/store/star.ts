/** What the Nucleus knows of a Star. */
import type { StarId } from "#core/identity/mod.ts";

/**
 * What a Star may do: nothing yet; all; finish what it does and be given nothing new; nothing
 * ever again.
 */
export type Standing = "pending" | "active" | "draining" | "revoked";

/** What people see: an active Star is online or offline. */
export type StarStatus = "pending" | "online" | "offline" | "draining" | "revoked";

export const STAR_STATUSES: readonly StarStatus[] = [
  ...["pending", "online", "offline", "draining", "revoked"] as const,
];

/** A place that a Star serves. The path is as `core/names.ts` decodes it. */
export interface StarRoot {
  path: string;
  read: boolean;
  write: boolean;
}

/** Which walls of the jail stand on a Star. */
export interface StarWalls {
  /** `openat2` or `resolve`. */
  app: string;
  runtime: boolean;
  /** Such as `landlock 7`; empty when the kernel has none. */
  kernel: string;
  /** Why the kernel's wall doesn't stand. */
  kernelReason: string;
}

/** An address that a Star named, and that nobody is told of. */
export interface RefusedAddress {
  /** HOST:PORT. */
  address: string;
  /** With what to do about it. */
  why: string;
}

/** What a Star says of itself when it comes online. */
export interface HelloFacts {
  version: string;
  hostname: string;
  platform: string;
  capabilities: readonly string[];
  roots: readonly StarRoot[];
  walls?: StarWalls;
  /** HOST:PORT where it serves StarService itself. */
  address?: string;
  /** Where it says so, and isn't dialled. */
  refusedAddress?: RefusedAddress;
}

/** What a Star says of itself every few seconds. */
export interface HeartbeatFacts {
  cpuPercent: number;
  memoryUsedBytes: number;
  memoryTotalBytes: number;
  /** Of the Star's own process. */
  residentBytes: number;
  /** Of the last minute. */
  load: number;
  disks: readonly { path: string; freeBytes: number; totalBytes: number }[];
  activeCalls: number;
  /** When the certificate that the Star uses ends, in milliseconds since 1970. */
  certificateExpiresAtMs: number;
  /** The Star's clock minus the Nucleus's, in milliseconds, the way between them included. */
  clockSkewMs: number;
}

/** A certificate that was issued to a Star. */
export interface StarCertificate {
  /** Lower hexadecimal. */
  serial: string;
  /** SHA-256 of the DER, lower hexadecimal. */
  thumbprint: string;
  /** Milliseconds since 1970. */
  notAfter: number;
}

/** A Star, as it is known now. */
export interface Star {
  id: StarId;
  /** Unique: 1 to 63 of `a-z`, `0-9` and `-`, beginning with one of the first two. */
  name: string;
  constellation: string;
  standing: Standing;
  status: StarStatus;
  hostname: string;
  version: string;
  platform?: string;
  /** HOST:PORT when it listens. */
  address?: string;
  /** Where it says that it listens, and isn't dialled. */
  refusedAddress?: RefusedAddress;
  capabilities: string[];
  /** What it says it serves. */
  roots: StarRoot[];
  /** The roots that its join token named, the only ones it serves; empty when it named none. */
  grantedRoots: string[];
  walls?: StarWalls;
  joinedAtMs: number;
  /** The address that it joined from. */
  joinedFrom?: string;
  lastHeartbeatAtMs?: number;
  heartbeat?: HeartbeatFacts;
  /** The one issued last; absent before the first. */
  certificate?: StarCertificate;
}
