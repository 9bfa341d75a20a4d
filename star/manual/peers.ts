/** The Stars that manual mode may fetch files from: those it was told of, and nobody else. */
import {
  formatAddress,
  isLoopback,
  parsePeerAddress,
  type PeerAddress,
} from "#core/config/addresses.ts";
import { OrbitError } from "#core/errors.ts";
import { type ClientTls, type GrpcCaller, openGrpcCaller } from "#core/rpc/mod.ts";

/** Who may be dialled, and how. */
export interface Peers {
  addresses: readonly PeerAddress[];
  /** How they are met at `https://`; not at all when absent. */
  tls?: ClientTls;
}

/** Where a source's URL leads, if anywhere. */
function parseUrl(url: string): { address: PeerAddress; plain: boolean } | undefined {
  const match = /^(https?):\/\/([^/]+)\/?$/i.exec(url);
  if (match === null) return undefined;
  const plain = match[1].toLowerCase() === "http";
  const address = parsePeerAddress(match[2], plain ? 80 : 443);
  return address && { address, plain };
}

/**
 * A connection to a peer; nothing is dialled before the first call.
 *
 * @throws {OrbitError} `invalid` for what is no address, `denied` for one that isn't a peer's, and
 * for a way to it on which others could read along.
 */
export function openPeer(url: string, { addresses, tls }: Peers): GrpcCaller {
  const found = parseUrl(url);
  if (found === undefined) {
    throw new OrbitError("invalid", `fetch from ${JSON.stringify(url)}: needs https://HOST:PORT`);
  }
  const address = formatAddress(found.address).toLowerCase();
  if (!addresses.some((peer) => formatAddress(peer).toLowerCase() === address)) {
    throw new OrbitError("denied", `fetch from ${address}: it is none of this Star's peers`);
  }
  if (found.plain && !isLoopback(found.address)) {
    throw new OrbitError("denied", `fetch from ${address}: http:// is for this machine only`);
  }
  if (!found.plain && tls === undefined) {
    const why = "this Star knows no authority to recognise it by (--peer-ca)";
    throw new OrbitError("denied", `fetch from ${address}: ${why}`);
  }
  return openGrpcCaller({ address, tls: found.plain ? null : tls! });
}
