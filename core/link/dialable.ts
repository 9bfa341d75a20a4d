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
  /** This machine's own host name: a Star that is told by it is here, wherever the name leads. */
  ownName?: string;
  /** The IP addresses of a name; the system's own look-up when left out. */
  lookUp?: (name: string) => Promise<string[]>;
}

/**
 * Dials a Star at each address that its host leads to until one answers. Nothing is dialled that is
 * no other machine's, whatever a Star's name, or whoever answers for it, leads to.
 *
 * @param dial Is told its share of the time that there is: one dead address doesn't use it up.
 * @throws {Error} What the last one failed with, or that there is none.
 */
export async function dialEach<T>(
  { host, port }: PeerAddress,
  rule: DialRule,
  dial: (address: PeerAddress, share: number) => Promise<T>,
): Promise<T> {
  let trouble: unknown = new Error("its name leads nowhere");
  const { lookUp = lookUpHere } = rule;
  const found = plainIp(host) === undefined ? await lookUp(host) : [host];
  const dialable = found.filter((ip) => {
    const odd = oddHost(ip);
    if (odd === undefined || (odd === "a loopback address" && mayBeHere(host, rule))) return true;
    trouble = new Error(`${ip} is ${odd}, which isn't dialled`);
    return false;
  }).slice(0, MAX_TRIED);
  for (const ip of dialable) {
    try {
      return await dial({ host: ip, port }, 1 / dialable.length);
    } catch (error) {
      trouble = error;
    }
  }
  throw trouble;
}

/** Some systems have a loopback address for their own name: Debian's, 127.0.1.1. */
function mayBeHere(host: string, { loopback, ownName }: DialRule): boolean {
  return loopback || (!!ownName && host.toLowerCase() === ownName.toLowerCase());
}

async function lookUpHere(host: string): Promise<string[]> {
  // Most Stars have no need of it.
  const { lookup } = await import("node:dns/promises");
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}
