/** IP addresses, however they are written. */
import { isIP } from "node:net";

/** `ADDRESS`, `ADDRESS:PORT` and `[ADDRESS]:PORT` without port, brackets and zone. */
export function withoutPort(peer: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(peer);
  const withPort = /^([^:]+):\d+$/.exec(peer);
  return (bracketed?.[1] ?? withPort?.[1] ?? peer).split("%")[0];
}

/** Each address in one form of writing, an IPv4 address in IPv6 as such; undefined for other text. */
export function plainIp(text: string): string | undefined {
  switch (isIP(text)) {
    case 4:
      return text;
    case 6:
      return mappedIpv4(text) ?? new URL(`http://[${text.split("%")[0]}]`).hostname.slice(1, -1);
    default:
      return undefined;
  }
}

function mappedIpv4(text: string): string | undefined {
  const groups = ipv6Groups(text.split("%")[0]);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return isMapped ? ipv4From(groups.slice(6)) : undefined;
}

/** The IPv4 address in two groups of an IPv6 address. */
export function ipv4From(groups: readonly number[]): string {
  return groups.flatMap((group) => [group >> 8, group & 0xff]).join(".");
}

/** The eight groups of a valid IPv6 address without zone. */
export function ipv6Groups(text: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const hex = (high: string, low: string) => (Number(high) << 8 | Number(low)).toString(16);
  const plain = dotted
    ? `${dotted[1]}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}`
    : text;
  const [head, tail] = plain.split("::").map((part) => part === "" ? [] : part.split(":"));
  const gap = tail === undefined ? [] : Array(8 - head.length - tail.length).fill("0");
  return [...head, ...gap, ...tail ?? []].map((group) => parseInt(group, 16));
}
