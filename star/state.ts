/**
 * What a Star keeps between starts, in one folder (mode 0700) of private files (mode 0600): who it
 * is, and its credentials.
 */
import { join } from "node:path";
import { formatAddress, parsePeerAddress, type PeerAddress } from "#core/config/addresses.ts";
import { OrbitError, toErrorData } from "#core/errors.ts";
import { parseStarId, type StarId } from "#core/identity/names.ts";
import { NUCLEUS_PORT } from "./config/ports.ts";

/** The files of the state folder. */
export const StateFile = {
  identity: "identity.json",
  credentials: "credentials.json",
  /** Written by a running Star, read by `orbit-star status`. */
  status: "status.json",
  /** Grants that were used, until they are over. */
  grants: "grants.log",
  /** Transfers that went on without the Nucleus, until it has heard of them. */
  transfers: "transfers.journal",
  /** Held by a running Star. */
  lock: "lock",
} as const;

/** Who a Star is, as its Nucleus told it. */
export interface StarIdentity {
  readonly starId: StarId;
  readonly name: string;
  readonly constellation: string;
  /** Where its Nucleus is. */
  readonly nucleus: PeerAddress;
  /** The join token was for these places only; empty for no such limit. */
  readonly roots: readonly string[];
  /** Milliseconds since 1970. */
  readonly joinedAtMs: number;
}

/** An identity as the text of its file. */
export function formatIdentity(identity: StarIdentity): string {
  const { nucleus: { host, port }, ...rest } = identity;
  return JSON.stringify({ version: 1, ...rest, nucleus: { host, port } }, null, 2) + "\n";
}

/** @throws {OrbitError} `corrupt` when the text isn't an identity. */
export function parseIdentity(text: string): StarIdentity {
  try {
    const { version, starId, name, constellation, nucleus, roots, joinedAtMs } = JSON.parse(text);
    if (version !== 1) throw new Error(`version ${version} is not known to this Orbit`);
    const address = parsePeerAddress(formatAddress(nucleus), NUCLEUS_PORT);
    if (address === undefined) throw new Error("bad address of the Nucleus");
    const isText = (value: unknown) => typeof value === "string" && value !== "";
    if (!isText(name) || !isText(constellation)) throw new Error("name or constellation missing");
    if (!Array.isArray(roots) || !roots.every(isText)) throw new Error("bad list of roots");
    if (!Number.isSafeInteger(joinedAtMs)) throw new Error("bad time of joining");
    return {
      starId: parseStarId(starId),
      name,
      constellation,
      nucleus: address,
      roots,
      joinedAtMs,
    };
  } catch (cause) {
    throw new OrbitError(
      "corrupt",
      `read "${StateFile.identity}": ${toErrorData(cause).message}; ` +
        "remove the state folder and join again",
      { cause },
    );
  }
}

/** The folder to use when none is named: the system's for root, else the user's own. */
export function defaultStateFolder(
  host: { isRoot(): boolean; env(name: string): string | undefined },
): string {
  if (host.isRoot()) return "/var/lib/orbit-star";
  const home = host.env("HOME");
  const state = host.env("XDG_STATE_HOME") ||
    (home === undefined || home === "" ? undefined : join(home, ".local/state"));
  if (state !== undefined) return join(state, "orbit-star");
  throw new OrbitError("invalid", "find state folder: HOME isn't set; name one by --state=DIR");
}
