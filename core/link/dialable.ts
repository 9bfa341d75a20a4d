/** Dialling Stars where they say that they are: what a name leads to is looked at first. */
import type { PeerAddress } from "#core/config/addresses.ts";
import { plainIp } from "#core/config/ip_address.ts";
import { oddHost } from "#core/config/odd_host.ts";

/** Addresses of one name that are tried. */
const MAX_TRIED = 4;

/** Whom else may be dialled. */
export interface DialRule {
  /** Stars may be on this machine itself, at addresses that nobody else reaches. */
  loopback: boolean;
}

/**
 * Dials a Star at each address that its host leads to until one answers. Nothing is dialled that is
 * no other machine's, whatever a Star's name, or whoever answers for it, leads to.
 *
 * @throws {Error} What the last one failed with, or that there is none.
 */
export async function dialEach<T>(
  { host, port }: PeerAddress,
  { loopback }: DialRule,
  dial: (address: PeerAddress) => Promise<T>,
): Promise<T> {
  let trouble: unknown = new Error("its name leads nowhere");
  for (const ip of await lookUp(host)) {
    const odd = oddHost(ip);
    if (odd !== undefined && !(loopback && odd === "a loopback address")) {
      trouble = new Error(`${ip} is ${odd}, which isn't dialled`);
      continue;
    }
    try {
      return await dial({ host: ip, port });
    } catch (error) {
      trouble = error;
    }
  }
  throw trouble;
}

async function lookUp(host: string): Promise<string[]> {
  if (plainIp(host) !== undefined) return [host];
  // Most Stars have no need of it.
  const { lookup } = await import("node:dns/promises");
  const found = await lookup(host, { all: true });
  return found.slice(0, MAX_TRIED).map(({ address }) => address);
}
