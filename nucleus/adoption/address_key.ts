/** Who counts as one stranger. */
import { isIP } from "node:net";

const MAX_LENGTH = 100;

/**
 * What attempts from an address are counted under: an IPv4 address itself, and the first 64 bits of
 * an IPv6 address, since that is the least anybody is given. A port, a zone and the form of
 * writing don't matter; text that is no address stands for itself.
 */
export function addressKey(peer: string): string {
  const text = withoutPort(peer.slice(0, MAX_LENGTH)).split("%")[0];
  switch (isIP(text)) {
    case 4:
      return text;
    case 6:
      return ipv6Key(text);
    default:
      return text;
  }
}

function withoutPort(text: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text);
  if (bracketed) return bracketed[1];
  const withPort = /^([^:]+):\d+$/.exec(text);
  return withPort ? withPort[1] : text;
}

function ipv6Key(text: string): string {
  const groups = expand(text);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return groups.slice(6).flatMap((group) => [group >> 8, group & 0xff]).join(".");
  return groups.slice(0, 4).map((group) => group.toString(16)).join(":") + "::/64";
}

/** The eight groups of a valid address. */
function expand(text: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const hex = (high: string, low: string) => (Number(high) << 8 | Number(low)).toString(16);
  const plain = dotted
    ? `${dotted[1]}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}`
    : text;
  const [head, tail] = plain.split("::").map((part) => part === "" ? [] : part.split(":"));
  const gap = tail === undefined ? [] : Array(8 - head.length - tail.length).fill("0");
  return [...head, ...gap, ...tail ?? []].map((group) => parseInt(group, 16));
}
