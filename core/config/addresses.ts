/** Network addresses and file paths in a configuration. */
import { isIP, isIPv6 } from "node:net";
import { isAbsolute, normalize, sep } from "node:path";
import type { GenericSchema } from "valibot";
import { parsed } from "./kinds.ts";

/** Where a program listens. */
export interface ListenAddress {
  /** An IP address without brackets or a host name; empty for every interface. */
  host: string;
  /** 0 lets the system choose. */
  port: number;
}

/** Where a peer is reached. */
export interface PeerAddress {
  /** An IP address without brackets or a host name. */
  host: string;
  port: number;
}

/** `127.0.0.1:50051`, `[::1]:50051`, `localhost:50051` or `:50051`; otherwise undefined. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const parts = splitAddress(text);
  if (parts === undefined || parts.port === undefined) return undefined;
  return parts.host === "" || isHost(parts.host)
    ? { host: parts.host, port: parts.port }
    : undefined;
}

/** `host`, `host:port`, `[::1]:port`, or either after `https://`; otherwise undefined. */
export function parsePeerAddress(text: string, defaultPort: number): PeerAddress | undefined {
  const parts = splitAddress(text.replace(/^https:\/\//, ""));
  if (parts === undefined || !isHost(parts.host)) return undefined;
  const { host, port = defaultPort } = parts;
  return port === 0 ? undefined : { host, port };
}

/** The inverse of both parsers. */
export function formatAddress({ host, port }: ListenAddress | PeerAddress): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether only this machine can reach the address; a name other than `localhost` may lead anywhere. */
export function isLoopback({ host }: ListenAddress | PeerAddress): boolean {
  if (host.toLowerCase() === "localhost") return true;
  if (isIPv6(host)) return new URL(`http://[${host}]`).hostname === "[::1]";
  return isIP(host) === 4 && host.startsWith("127.");
}

/** Whether the text is an IP address or a host name (RFC 1123; letters outside ASCII as punycode). */
export function isHost(text: string): boolean {
  if (isIP(text) !== 0) return !text.includes("%");
  // "1.2.3" and "0x7f.1" aren't names: some resolvers take them for addresses.
  if (text.length > 253 || /(^|\.)(\d+|0x[0-9a-f]*)$/i.test(text)) return false;
  return /^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/i.test(text);
}

function splitAddress(text: string): { host: string; port?: number } | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/]*))(?::(\d{1,5}))?$/i.exec(text);
  if (match === null) return undefined;
  const [, bracketed, plain, digits] = match;
  if (bracketed !== undefined && !isIPv6(bracketed)) return undefined;
  const port = digits === undefined ? undefined : Number(digits);
  return port !== undefined && port > 65_535 ? undefined : { host: bracketed ?? plain, port };
}

/** A listen address. */
export function listenAddress(): GenericSchema<string, ListenAddress> {
  return parsed(
    'an address to listen on, such as "127.0.0.1:50051", "[::1]:50051" or ":50051"',
    parseListenAddress,
  );
}

/** A peer's address. */
export function peerAddress(
  { defaultPort }: { defaultPort: number },
): GenericSchema<string, PeerAddress> {
  return parsed(
    'an address such as "hub.example.org", "hub.example.org:8443" or "[2001:db8::1]:8443"',
    (text) => parsePeerAddress(text, defaultPort),
  );
}

/** A host name or an IP address, without port. */
export function hostName(): GenericSchema<string, string> {
  return parsed("a host name or an IP address", (text) => isHost(text) ? text : undefined);
}

/**
 * An absolute path of this platform, without doubled or trailing separators. One with `..` is
 * refused: where links are in the way it doesn't lead where it seems to.
 */
export function absolutePath(): GenericSchema<string, string> {
  return parsed('an absolute path without ".."', (text) => {
    if (!isAbsolute(text) || text.includes("\0") || text.length > 4096) return undefined;
    if (text.split(/[\\/]/).includes("..")) return undefined;
    const path = normalize(text);
    return path.length > 1 && path.endsWith(sep) && !/^[a-z]:\\$/i.test(path)
      ? path.slice(0, -1)
      : path;
  });
}
