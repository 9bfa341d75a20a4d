/** Hosts that lead to no other machine of a grid, whoever names them. */
import { ipv4From, ipv6Groups, plainIp } from "./ip_address.ts";

/** What is odd about a host, as the text that it is told by. */
export type OddHost =
  | "a loopback address"
  | "a link-local address"
  | "an address of a cloud's own services"
  | "a multicast or reserved address"
  | "no machine's address";

/** Metadata and keys of virtual machines, beside those that are link-local. */
const CLOUD = new Set([
  ...["100.100.100.200", "168.63.129.16", "192.0.0.192"],
  ...["fd00:ec2::254", "fd00:c1::a9fe:a9fe", "fd20:ce::254"],
]);

/**
 * What is odd about an IP address, or about `localhost`; undefined for all others. A name may lead
 * anywhere: what it leads to has to be looked at.
 */
export function oddHost(host: string): OddHost | undefined {
  if (/^(.+\.)?localhost$/i.test(host)) return "a loopback address";
  const ip = plainIp(host);
  if (ip === undefined) return undefined;
  if (CLOUD.has(ip)) return "an address of a cloud's own services";
  return ip.includes(":") ? oddIpv6(ip) : oddIpv4(ip);
}

function oddIpv4(ip: string): OddHost | undefined {
  const [first, second] = ip.split(".").map(Number);
  if (first === 0) return "no machine's address";
  if (first === 127) return "a loopback address";
  if (first === 169 && second === 254) return "a link-local address";
  return first >= 224 ? "a multicast or reserved address" : undefined;
}

function oddIpv6(ip: string): OddHost | undefined {
  if (ip === "::") return "no machine's address";
  if (ip === "::1") return "a loopback address";
  const groups = ipv6Groups(ip), [first, second] = groups;
  if ((first & 0xffc0) === 0xfe80) return "a link-local address";
  if (first >= 0xff00) return "a multicast or reserved address";
  // Networks that translate lead to the IPv4 address within.
  if (groups.slice(0, 6).every((group) => group === 0)) return oddHost(ipv4From(groups.slice(6)));
  if (first === 0x64 && second === 0xff9b) return oddHost(ipv4From(groups.slice(6)));
  return first === 0x2002 ? oddHost(ipv4From(groups.slice(1, 3))) : undefined;
}
