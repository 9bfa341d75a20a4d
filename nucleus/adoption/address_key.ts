/** Who counts as one stranger. */
import { ipv6Groups, plainIp, withoutPort } from "#core/config/ip_address.ts";

const MAX_LENGTH = 100;

/**
 * What attempts from an address are counted under: an IPv4 address itself, and the first 64 bits of
 * an IPv6 address, since that is the least anybody is given. A port, a zone and the form of
 * writing don't matter; text that is no address stands for itself.
 */
export function addressKey(peer: string): string {
  const text = withoutPort(peer.slice(0, MAX_LENGTH));
  const ip = plainIp(text);
  if (ip === undefined || !ip.includes(":")) return ip ?? text;
  return ipv6Groups(ip).slice(0, 4).map((group) => group.toString(16)).join(":") + "::/64";
}
