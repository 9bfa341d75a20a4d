/**
 * Grants: what the Nucleus signs so that one Star gives files to another. JSON Web Tokens (RFC
 * 7519) with Ed25519, bound to the destination's certificate (RFC 8705); the source checks them by
 * itself, without asking anybody.
 */
import { importPKCS8, importSPKI, type JWTPayload, jwtVerify, SignJWT } from "jose";
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { toPem } from "#core/identity/pem.ts";
import { parseStarId, type StarId } from "#core/identity/names.ts";
import { Secret } from "#core/identity/secret.ts";

const ISSUER = "orbit-nucleus";
const SUBJECT = "transfer";
const TYPE = "orbit-grant+jwt";
const ALGORITHM = "EdDSA";

/** The longest token that is looked at. */
const MAX_TOKEN_LENGTH = 4096;

/** What clocks may differ by, in seconds. */
const TOLERANCE_S = 60;

/** The longest a grant may be good for. */
export const GRANT_LIFETIME_MAX_MS = 3600_000;

/** A key as `jose` reads it. */
type Key = Awaited<ReturnType<typeof importSPKI>>;

/** What a grant allows. */
export interface Grant {
  /** The Star that gives. */
  source: StarId;
  /** HOST:PORT, where the Star that takes may dial it; empty with `dial`. */
  address: string;
  /** SHA-256 of the certificate of the Star that takes, lower hexadecimal. */
  destinationThumbprint: string;
  /** SHA-256 of the list of files, lower hexadecimal. */
  itemsHash: string;
  /** Bytes that may be taken in all. */
  maxBytes: number;
  /** For chunks by their hashes instead, whatever files of the giving Star they lie in. */
  chunks?: boolean;
  /** Only chunks of what lies beneath these absolute paths; of all that it has when absent. */
  within?: readonly string[];
  /** The job that they are for: its grants share what one party may have. */
  job?: string;
  /** Whom the source may dial to be asked for them, where it can't be dialled. */
  dial?: { address: string; star: StarId };
  /** Names this grant; it is good once. */
  id: string;
  /** Milliseconds since 1970, by the Nucleus's clock. */
  issuedAtMs: number;
  expiresAtMs: number;
}

/** A pair of keys for grants, as text. */
export interface GrantKeys {
  /** PKCS #8 in PEM; the Nucleus's alone. */
  privatePem: Secret;
  /** SPKI in PEM, for every Star. */
  publicPem: string;
}

/** Makes the keys of a new Nucleus. */
export async function createGrantKeys(): Promise<GrantKeys> {
  const keys = await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]);
  const { privateKey, publicKey } = keys as CryptoKeyPair;
  const [secret, open] = await Promise.all([
    crypto.subtle.exportKey("pkcs8", privateKey),
    crypto.subtle.exportKey("spki", publicKey),
  ]);
  return {
    privatePem: new Secret(toPem(secret, "PRIVATE KEY")),
    publicPem: toPem(open, "PUBLIC KEY"),
  };
}

/** Signs grants. */
export class GrantSigner {
  readonly #key: Key;
  readonly #clock: Clock;

  private constructor(key: Key, clock: Clock) {
    this.#key = key;
    this.#clock = clock;
  }

  /** @throws {OrbitError} `invalid` when the key can't be read. */
  static async open(privatePem: Secret, clock: Clock): Promise<GrantSigner> {
    return new GrantSigner(await readKey(() => importPKCS8(privatePem.reveal(), ALGORITHM)), clock);
  }

  /** Signs what is allowed for so long from now. */
  async sign(
    allowed: Omit<Grant, "id" | "issuedAtMs" | "expiresAtMs">,
    lifetimeMs: number,
  ): Promise<{ token: string; id: string }> {
    if (!(lifetimeMs > 0 && lifetimeMs <= GRANT_LIFETIME_MAX_MS)) {
      throw new OrbitError("invalid", `sign grant for ${lifetimeMs} ms: an hour at most`);
    }
    const now = Math.floor(this.#clock.now() / 1000);
    const id = crypto.randomUUID();
    const thumbprint = Uint8Array.fromHex(allowed.destinationThumbprint);
    const token = await new SignJWT({
      addr: allowed.address,
      items: allowed.itemsHash,
      cap: allowed.maxBytes,
      job: allowed.job,
      dial: allowed.dial,
      chunks: allowed.chunks,
      within: allowed.within,
      cnf: { "x5t#S256": thumbprint.toBase64({ alphabet: "base64url", omitPadding: true }) },
    })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
      .setIssuer(ISSUER).setSubject(SUBJECT).setAudience(allowed.source).setJti(id)
      .setIssuedAt(now).setNotBefore(now).setExpirationTime(now + Math.ceil(lifetimeMs / 1000))
      .sign(this.#key);
    return { token, id };
  }
}

/** Checks grants, for any source: at the Star that is to take, before it dials anybody. */
export class GrantReader {
  readonly #key: Key;
  readonly #clock: Clock;

  private constructor(key: Key, clock: Clock) {
    this.#key = key;
    this.#clock = clock;
  }

  /** @throws {OrbitError} `invalid` when the key can't be read. */
  static async open(publicPem: string, clock: Clock): Promise<GrantReader> {
    return new GrantReader(await readKey(() => importSPKI(publicPem, ALGORITHM)), clock);
  }

  /**
   * What a token allows whom. That it is used once, by the right peer and for the right files, is
   * for the caller to see to.
   *
   * @throws {OrbitError} `denied` when it is too long, of another algorithm, tampered with, not the
   * Nucleus's, not yet or no longer good, or lacks anything.
   */
  async read(token: string): Promise<Grant> {
    if (token.length > MAX_TOKEN_LENGTH) throw refuse("it is too long");
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        ...{ algorithms: [ALGORITHM], typ: TYPE, issuer: ISSUER, subject: SUBJECT },
        clockTolerance: TOLERANCE_S,
        currentDate: new Date(this.#clock.now()),
        maxTokenAge: GRANT_LIFETIME_MAX_MS / 1000 + TOLERANCE_S,
        requiredClaims: ["aud", "jti", "exp", "nbf", "iat", "addr", "items", "cap", "cnf"],
      });
      return toGrant(payload);
    } catch (cause) {
      if (cause instanceof OrbitError) throw cause;
      throw refuse((cause as Error).message, cause);
    }
  }
}

/** Checks grants at the Star that is to give. */
export class GrantVerifier {
  readonly #reader: GrantReader;
  readonly #star: StarId;

  private constructor(reader: GrantReader, star: StarId) {
    this.#reader = reader;
    this.#star = star;
  }

  /** @throws {OrbitError} `invalid` when the key can't be read. */
  static async open(publicPem: string, star: StarId, clock: Clock): Promise<GrantVerifier> {
    return new GrantVerifier(await GrantReader.open(publicPem, clock), star);
  }

  /** As {@linkcode GrantReader.read}; `denied`, too, when it is for another Star to give. */
  async verify(token: string): Promise<Grant> {
    const grant = await this.#reader.read(token);
    if (grant.source === this.#star) return grant;
    throw refuse("it is for another Star");
  }
}

function toGrant(
  { aud, jti, iat, exp, addr, items, cap, cnf, job, dial, chunks, within }: JWTPayload,
): Grant {
  const bound = (cnf as { "x5t#S256"?: unknown } | null)?.["x5t#S256"];
  if (typeof bound !== "string" || !/^[A-Za-z0-9_-]{43}$/.test(bound)) {
    throw refuse("it is bound to no certificate");
  }
  // One of both ends is dialled.
  if (typeof addr !== "string" || (addr === "") !== (dial !== undefined)) {
    throw refuse("it names no address");
  }
  if (typeof items !== "string" || !/^[0-9a-f]{64}$/.test(items)) throw refuse("it names no files");
  if (typeof cap !== "number" || !Number.isSafeInteger(cap) || cap < 0) {
    throw refuse("it has no cap");
  }
  if (typeof jti !== "string" || !/^[0-9a-f-]{36}$/.test(jti)) throw refuse("it has no name");
  if (job !== undefined && !(typeof job === "string" && /^[0-9A-Za-z_-]{1,64}$/.test(job))) {
    throw refuse("its job is none");
  }
  if (dial !== undefined && !isDial(dial)) throw refuse("whom it lets dial is nobody");
  if (within !== undefined && !isPaths(within)) throw refuse("where chunks may lie is nowhere");
  return {
    source: parseStarId(aud as string),
    address: addr,
    destinationThumbprint: Uint8Array.fromBase64(bound, { alphabet: "base64url" }).toHex(),
    itemsHash: items,
    maxBytes: cap,
    ...(job === undefined ? {} : { job: job as string }),
    ...(dial === undefined ? {} : { dial }),
    ...(chunks === true ? { chunks } : {}),
    ...(within === undefined ? {} : { within }),
    id: jti,
    issuedAtMs: iat! * 1000,
    expiresAtMs: exp! * 1000,
  };
}

function isPaths(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string" && one !== "");
}

function isDial(value: unknown): value is NonNullable<Grant["dial"]> {
  if (typeof value !== "object" || value === null) return false;
  const { address, star } = value as { address?: unknown; star?: unknown };
  if (typeof address !== "string" || !/^.{1,294}:[0-9]{1,5}$/.test(address)) return false;
  try {
    return typeof star === "string" && parseStarId(star) === star;
  } catch {
    return false;
  }
}

function refuse(why: string, cause?: unknown): OrbitError {
  return new OrbitError("denied", `check grant: ${why}`, { cause });
}

async function readKey(read: () => Promise<Key>): Promise<Key> {
  try {
    return await read();
  } catch (cause) {
    throw new OrbitError("invalid", "read key of grants: it is no Ed25519 key in PEM", { cause });
  }
}
