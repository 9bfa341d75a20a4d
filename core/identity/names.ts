/** The names that certificates carry: who one belongs to, and where it may be served. */
import { isIP } from "node:net";
import { OrbitError } from "#core/errors.ts";

declare const brand: unique symbol;

/** Names one Star: a UUID in lower case. */
export type StarId = string & { readonly [brand]: "StarId" };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const STAR_URI = "orbit:star:";

/** The URI in the Nucleus's certificate. */
export const NUCLEUS_URI = "orbit:nucleus";

/** Names below it are given by the authority itself and to nobody who asks for one. */
const OWN_DOMAIN = "orbit.internal";

/**
 * The DNS name in every Nucleus's certificate, whatever it is reached by: a TLS client that has
 * no other name to expect asks for this one (`servername`).
 */
export const NUCLEUS_SERVER_NAME = `nucleus.${OWN_DOMAIN}`;

const MAX_NAMES = 32;
const MAX_DNS_NAME = 253;
const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const MAX_COMMON_NAME = 64;

/**
 * Reads a Star's id; case doesn't matter.
 *
 * @throws {OrbitError} `invalid` when it isn't a UUID.
 */
export function parseStarId(text: string): StarId {
  const id = text.length <= 64 ? text.trim().toLowerCase() : "";
  if (!UUID.test(id)) {
    const shown = JSON.stringify(text.slice(0, 64));
    throw new OrbitError("invalid", `read Star id ${shown}: not a UUID`);
  }
  return id as StarId;
}

/** A new Star's id. */
export function createStarId(): StarId {
  return crypto.randomUUID() as StarId;
}

/** The URI in a Star's certificate. */
export function starUri(starId: StarId): string {
  return STAR_URI + starId;
}

/** The Star whose URI this is; undefined when it is no Star's, to the letter. */
export function starOfUri(uri: string): StarId | undefined {
  const id = uri.startsWith(STAR_URI) ? uri.slice(STAR_URI.length) : "";
  return UUID.test(id) ? id as StarId : undefined;
}

/**
 * The DNS name in a Star's certificate, whatever the Star is reached by: who asks for it as
 * `servername` learns from TLS itself that it is that Star.
 */
export function starServerName(starId: StarId): string {
  return `${starId}.star.${OWN_DOMAIN}`;
}

/** Names that a server is reached by, sorted by kind. */
export interface ServerNames {
  dns: string[];
  ip: string[];
}

/**
 * Sorts DNS names and addresses by kind, without duplicates.
 *
 * @throws {OrbitError} `invalid` when one is neither, is a wildcard or one of Orbit's own, or when
 * there are more than 32.
 */
export function parseServerNames(names: readonly string[]): ServerNames {
  if (names.length > MAX_NAMES) {
    throw new OrbitError("invalid", `read server names: ${names.length}, at most ${MAX_NAMES}`);
  }
  const dns = new Set<string>(), ip = new Set<string>();
  for (const name of names) {
    if (isIP(name) !== 0 && !name.includes("%")) ip.add(name);
    else dns.add(parseDnsName(name));
  }
  return { dns: [...dns], ip: [...ip] };
}

function parseDnsName(text: string): string {
  const name = text.toLowerCase();
  const labels = name.split(".");
  const shown = JSON.stringify(text.slice(0, MAX_DNS_NAME));
  const wellFormed = name.length <= MAX_DNS_NAME && labels.every((label) => DNS_LABEL.test(label));
  if (!wellFormed || /^\d+$/.test(labels.at(-1)!)) {
    throw new OrbitError("invalid", `read server name ${shown}: not a DNS name or an IP address`);
  }
  if (name === OWN_DOMAIN || name.endsWith(`.${OWN_DOMAIN}`)) {
    throw new OrbitError("invalid", `read server name ${shown}: names in ${OWN_DOMAIN} are given`);
  }
  return name;
}

/**
 * Checks a name that people read in a certificate; it is never used to decide anything.
 *
 * @throws {OrbitError} `invalid` unless it has 1 to 64 characters, none of them a control or
 * formatting character.
 */
export function parseCommonName(name: string): string {
  const length = [...name].length;
  if (length < 1 || length > MAX_COMMON_NAME || /[\p{C}\p{Zl}\p{Zp}]/u.test(name)) {
    const shown = JSON.stringify(name.slice(0, MAX_COMMON_NAME));
    throw new OrbitError(
      "invalid",
      `read name ${shown}: not 1 to ${MAX_COMMON_NAME} characters that can be shown`,
    );
  }
  return name;
}
