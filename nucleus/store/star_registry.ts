/** The registry's port: every Star that joined, and what is known of it. */
import type { StarId } from "#core/identity/mod.ts";
import type { RevokedCertificate } from "./certificate_table.ts";
import type { ConnectionId } from "./presence.ts";
import type { HeartbeatFacts, HelloFacts, Star, StarCertificate, StarStatus } from "./star.ts";

/** A Star that joins. */
export interface NewStar {
  id: StarId;
  /** The name it would like, checked; it gets the free one that is most like it. */
  name: string;
  constellation: string;
  hostname: string;
  version: string;
  /** Whether it is active at once; else pending. */
  isApproved: boolean;
  /** The roots that it is limited to; none for no limit. */
  grantedRoots: readonly string[];
  joinedFrom?: string;
}

/** Which Stars to list. */
export interface StarFilter {
  status?: StarStatus;
  /** Only Stars of these; all when left out. */
  constellations?: readonly string[];
  /** Only Stars behind this name: the last of the page before. */
  after?: string;
  /** At most so many: 1 to 1,000; 100 when left out. */
  limit?: number;
}

/**
 * Every Star that joined. What writes is on disk when it returns, or, within
 * {@linkcode GridStore.transact}, when that does.
 *
 * Methods that take the id of one Star throw `not_found` when there is none.
 */
export interface StarRegistry {
  /** Adds a Star and its first certificate. @throws {OrbitError} `conflict` when the id is taken. */
  add(star: NewStar, certificate: StarCertificate): Star;
  /** A Star; undefined when there is none. */
  byId(id: StarId): Star | undefined;
  byName(name: string): Star | undefined;
  /** The name that a Star which would like this one would get. */
  freeName(name: string): string;
  /**
   * Stars in the order of their names.
   *
   * @throws {OrbitError} `invalid` for a bad limit.
   */
  list(filter?: StarFilter): Star[];
  /** How many Stars there are of each status. */
  counts(): Record<StarStatus, number>;

  /** @throws {OrbitError} `invalid` for a bad name, `conflict` when another Star has it. */
  rename(id: StarId, name: string): Star;
  /** From pending to active. @throws {OrbitError} `conflict` when it isn't pending. */
  approve(id: StarId): Star;
  /** From active to draining. @throws {OrbitError} `conflict` when it isn't active. */
  drain(id: StarId): Star;
  /** From draining to active. @throws {OrbitError} `conflict` when it isn't draining. */
  resume(id: StarId): Star;
  /**
   * For good, and all its certificates with it.
   *
   * @throws {OrbitError} `conflict` when it is revoked already.
   */
  revoke(id: StarId): Star;
  /**
   * Forgets a revoked Star; its name is free again, and its certificates stay revoked.
   *
   * @throws {OrbitError} `conflict` when it isn't revoked.
   */
  remove(id: StarId): Star;

  /** The Star's next certificate; the one before stays good until it ends. */
  setCertificate(id: StarId, certificate: StarCertificate): void;
  /** Whether a certificate was revoked. An expired one may be forgotten. */
  isRevoked(serial: string): boolean;
  /** All that are revoked and not yet over, the one that ends first at the front. */
  revokedCertificates(): RevokedCertificate[];

  /**
   * The Star is online, on a new connection, which takes the place of any before. What it says
   * survives the process.
   *
   * @throws {OrbitError} `denied` when it is revoked.
   */
  noteHello(id: StarId, hello: HelloFacts): ConnectionId;
  /**
   * Takes a heartbeat into memory, from where it is stored about once a second. False when another
   * connection took this one's place, or the Star is gone: the stream is to end.
   */
  noteHeartbeat(id: StarId, connection: ConnectionId, heartbeat: HeartbeatFacts): boolean;
  /** The connection is over: the Star is offline, unless another took its place. */
  noteGone(id: StarId, connection: ConnectionId): void;
  /** Whether the Star is connected and was heard of within 14 s, whatever its standing. */
  isConnected(id: StarId): boolean;
}
