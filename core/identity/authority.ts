/** The authority: the one key of a grid that says who is who. */
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { certificateFacts, readCertificate } from "./certificate.ts";
import { checkAuthority, checkKeyPair } from "./chain.ts";
import { type IssuedCertificate, issuePeer, type Issuer, issueSelf } from "./issue.ts";
import { createKeys, exportPrivateKey, importPrivateKey } from "./keys.ts";
import { requireLifetime, type Validity, validityFrom } from "./lifetime.ts";
import {
  NUCLEUS_SERVER_NAME,
  NUCLEUS_URI,
  parseCommonName,
  parseServerNames,
  parseStarId,
  starServerName,
  starUri,
} from "./names.ts";
import { fromPem } from "./pem.ts";
import { readRequestedKey } from "./request.ts";
import type { Secret } from "./secret.ts";

const SECOND_MS = 1000;
const DAY_MS = 24 * 3600 * SECOND_MS;

/** How long a Star's certificate holds unless asked otherwise. */
export const STAR_LIFETIME_MS = DAY_MS;
/** How long the Nucleus's certificate holds unless asked otherwise. */
export const NUCLEUS_LIFETIME_MS = 30 * DAY_MS;

const STAR_LIFETIME_MAX_MS = 30 * DAY_MS;
const NUCLEUS_LIFETIME_MAX_MS = 398 * DAY_MS;
const AUTHORITY_DAYS = 3650;
const AUTHORITY_DAYS_MAX = 36_500;

/** How to make an authority. */
export interface CreateAuthorityOptions {
  /** The name for people; `Orbit authority` when left out. */
  commonName?: string;
  clock: Clock;
  /** Days until it expires, and with it all it issued: 1 to 36,500; 3,650 when left out. */
  lifetimeDays?: number;
}

/** A new authority, to be kept: the key by {@linkcode writePrivateFile}. */
export interface NewAuthority {
  certificatePem: string;
  /** The private key, PKCS #8 in PEM. */
  keyPem: Secret;
  /** SHA-256 of the certificate's DER, lower hexadecimal. */
  fingerprint: string;
}

/** What a Star's certificate is to say. */
export interface StarCertificateRequest {
  /** The Star's request; only its public key is believed. */
  csrPem: string;
  /** The UUID that the Nucleus gave the Star. */
  starId: string;
  /** The Star's name for people, 1 to 64 characters. */
  name: string;
  /** DNS names and addresses it may be served by beside its own; chosen by the Nucleus alone. */
  serverNames?: readonly string[];
  /** From a second to 30 days; 24 hours when left out. */
  lifetimeMs?: number;
}

/** What the Nucleus's certificate is to say. */
export interface NucleusCertificateRequest {
  /** DNS names and addresses that Stars and people reach it by. */
  names: readonly string[];
  /** From a second to 398 days; 30 days when left out. */
  lifetimeMs?: number;
}

/** The Nucleus's certificate and its key. */
export interface IssuedNucleus extends IssuedCertificate {
  /** The private key, PKCS #8 in PEM. */
  keyPem: Secret;
}

/** Issues certificates; made by {@linkcode openAuthority}. */
export interface Authority extends Validity {
  readonly certificatePem: string;
  /** SHA-256 of the certificate's DER, lower hexadecimal. */
  readonly fingerprint: string;
  /**
   * A certificate for a Star, usable as client and server. It ends with the authority's at latest.
   *
   * @throws {OrbitError} `invalid` for a bad request, id, name or lifetime; `conflict` when the
   * authority itself doesn't hold now.
   */
  issueStar(request: StarCertificateRequest): Promise<IssuedCertificate>;
  /**
   * A certificate with a new key for the Nucleus, usable as client and server. It also has
   * {@linkcode NUCLEUS_SERVER_NAME} and ends with the authority's at latest.
   *
   * @throws {OrbitError} `invalid` for bad names or lifetime; `conflict` when the authority itself
   * doesn't hold now.
   */
  issueNucleus(request: NucleusCertificateRequest): Promise<IssuedNucleus>;
}

/**
 * Makes a new authority: an ECDSA P-256 key and its self-signed certificate.
 *
 * @throws {OrbitError} `invalid` for a bad name or lifetime.
 */
export async function createAuthority(
  { commonName = "Orbit authority", clock, lifetimeDays = AUTHORITY_DAYS }: CreateAuthorityOptions,
): Promise<NewAuthority> {
  requireLifetime(lifetimeDays * DAY_MS, DAY_MS, AUTHORITY_DAYS_MAX * DAY_MS, "authority");
  const validity = validityFrom(clock.now(), lifetimeDays * DAY_MS);
  const keys = await createKeys();
  const { certificatePem, thumbprint } = await issueSelf(
    keys,
    parseCommonName(commonName),
    validity,
  );
  const keyPem = await exportPrivateKey(keys.privateKey);
  return { certificatePem, keyPem, fingerprint: thumbprint };
}

/**
 * Takes up an authority that was made before.
 *
 * @throws {OrbitError} `invalid` when certificate or key can't be read; `conflict` when they don't
 * belong together; `denied` when the certificate isn't an authority's, or doesn't hold now.
 */
export async function openAuthority(
  { certificatePem, keyPem, clock }: {
    certificatePem: string;
    keyPem: string | Secret;
    clock: Clock;
  },
): Promise<Authority> {
  const certificate = readCertificate(
    fromPem(certificatePem, "CERTIFICATE", "authority certificate"),
  );
  const { thumbprint: fingerprint, notBefore, notAfter } = certificateFacts(certificate);
  checkAuthority(certificatePem, fingerprint, clock);
  await checkKeyPair(certificatePem, keyPem);
  const issuer = { certificate, key: await importPrivateKey(keyPem, false) };
  const validity = { notBefore, notAfter };
  return {
    certificatePem,
    fingerprint,
    ...validity,
    issueStar: (request) => issueStar(issuer, validity, clock, request),
    issueNucleus: (request) => issueNucleus(issuer, validity, clock, request),
  };
}

async function issueStar(
  issuer: Issuer,
  bounds: Validity,
  clock: Clock,
  { csrPem, starId, name, serverNames = [], lifetimeMs = STAR_LIFETIME_MS }: StarCertificateRequest,
): Promise<IssuedCertificate> {
  requireLifetime(lifetimeMs, SECOND_MS, STAR_LIFETIME_MAX_MS, "Star certificate");
  const id = parseStarId(starId);
  const { dns, ip } = parseServerNames(serverNames);
  return await issuePeer(issuer, {
    publicKey: await readRequestedKey(csrPem),
    commonName: parseCommonName(name),
    uri: starUri(id),
    names: { dns: [starServerName(id), ...dns], ip },
    validity: validityWithin(bounds, clock.now(), lifetimeMs),
  });
}

async function issueNucleus(
  issuer: Issuer,
  bounds: Validity,
  clock: Clock,
  { names, lifetimeMs = NUCLEUS_LIFETIME_MS }: NucleusCertificateRequest,
): Promise<IssuedNucleus> {
  requireLifetime(lifetimeMs, SECOND_MS, NUCLEUS_LIFETIME_MAX_MS, "Nucleus certificate");
  const { dns, ip } = parseServerNames(names);
  const keys = await createKeys();
  const issued = await issuePeer(issuer, {
    publicKey: keys.publicKey,
    commonName: "Orbit Nucleus",
    uri: NUCLEUS_URI,
    names: { dns: [NUCLEUS_SERVER_NAME, ...dns], ip },
    validity: validityWithin(bounds, clock.now(), lifetimeMs),
  });
  return { ...issued, keyPem: await exportPrivateKey(keys.privateKey) };
}

/** A peer's validity from now, cut off where the authority's ends. */
function validityWithin(bounds: Validity, nowMs: number, lifetimeMs: number): Validity {
  if (nowMs < bounds.notBefore || nowMs >= bounds.notAfter) {
    const [from, to] = [bounds.notBefore, bounds.notAfter].map((ms) => new Date(ms).toISOString());
    throw new OrbitError(
      "conflict",
      `issue certificate: the authority is valid from ${from} to ${to} only; set the clock right, ` +
        "or make a new authority and let the Stars join again",
    );
  }
  const { notBefore, notAfter } = validityFrom(nowMs, lifetimeMs);
  return { notBefore, notAfter: Math.min(notAfter, bounds.notAfter) };
}
