/** What a running Star says of itself to `orbit-star status`. */
import { OrbitError, toErrorData } from "#core/errors.ts";
import type { Walls } from "#core/system/walls.ts";

/** How the link to the Nucleus stands. */
export type LinkState = "connecting" | "connected" | "waiting" | "ended";

/** What the Nucleus makes of the Star. */
export type StandingName = "unknown" | "pending" | "active" | "draining" | "revoked";

/** A root and the space that is left there. */
export interface RootStatus {
  readonly path: string;
  readonly read: boolean;
  readonly write: boolean;
  /** Absent where it isn't known. */
  readonly freeBytes?: number;
  readonly totalBytes?: number;
}

/** The content of `status.json`. Times are milliseconds since 1970. */
export interface StarStatus {
  readonly schema: "orbit.star-status/1";
  readonly version: string;
  readonly pid: number;
  readonly startedAtMs: number;
  readonly updatedAtMs: number;
  readonly starId: string;
  readonly name: string;
  readonly constellation: string;
  /** HOST:PORT. */
  readonly nucleus: string;
  readonly nucleusVersion?: string;
  readonly link: LinkState;
  /** Since when the link is what it is. */
  readonly linkSinceMs: number;
  readonly standing: StandingName;
  readonly roots: readonly RootStatus[];
  readonly walls: Walls;
  /** HOST:PORT, when it listens. */
  readonly listen?: string;
  readonly certificateExpiresAtMs: number;
  readonly activeCalls: number;
  /** Transfers that go on though the Nucleus is away. */
  readonly transfersAlone?: number;
  /** How far the Nucleus's clock is ahead of this one. */
  readonly clockSkewMs?: number;
  readonly lastError?: { readonly message: string; readonly atMs: number };
}

/** A status as the bytes of its file. JSON escapes what isn't UTF-8 in names. */
export function formatStatus(status: StarStatus): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(status) + "\n");
}

/** @throws {OrbitError} `corrupt` when the bytes aren't a status. */
export function parseStatus(bytes: Uint8Array): StarStatus {
  try {
    const status = JSON.parse(new TextDecoder().decode(bytes));
    if (status?.schema !== "orbit.star-status/1") throw new Error("not known to this Orbit");
    return status;
  } catch (cause) {
    throw new OrbitError("corrupt", `read "status.json": ${toErrorData(cause).message}`, { cause });
  }
}
