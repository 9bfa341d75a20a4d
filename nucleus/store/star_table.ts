/** The registry in SQLite. */
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import type { StarId } from "#core/identity/mod.ts";
import { type Database, toJson } from "#core/sqlite/mod.ts";
import { CertificateTable, type RevokedCertificate } from "./certificate_table.ts";
import { type ConnectionId, Presence } from "./presence.ts";
import type {
  HeartbeatFacts,
  HelloFacts,
  Standing,
  Star,
  StarCertificate,
  StarStatus,
} from "./star.ts";
import { freeName, parseName } from "./star_name.ts";
import type { NewStar, StarFilter, StarRegistry } from "./star_registry.ts";
import { statusOf, toStar } from "./star_row.ts";
import { prepareStarStatements, type StarStatements } from "./star_statements.ts";
import { checkPage } from "./page.ts";

export class StarTable implements StarRegistry {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #sql: StarStatements;
  readonly #certificates: CertificateTable;
  readonly #presence: Presence;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#sql = prepareStarStatements(database);
    this.#certificates = new CertificateTable(database);
    this.#presence = new Presence(clock);
  }

  add(star: NewStar, certificate: StarCertificate): Star {
    const { id, constellation, hostname, version, isApproved, grantedRoots } = star;
    parseName(star.name, "Star");
    parseName(constellation, "constellation");
    return this.#database.transact(() => {
      if (this.byId(id)) throw new OrbitError("conflict", `add Star ${id}: there is one`);
      this.#sql.insert.write(
        ...[id, this.freeName(star.name), constellation, isApproved ? "active" : "pending"],
        ...[toJson(hostname), toJson(version), toJson(grantedRoots)],
        ...[this.#clock.now(), star.joinedFrom ?? null],
      );
      this.setCertificate(id, certificate);
      return this.#get(id);
    });
  }

  byId(id: StarId): Star | undefined {
    const row = this.#sql.byId.first(id);
    return row && toStar(row, this.#presence);
  }

  byName(name: string): Star | undefined {
    const row = this.#sql.byName.first(name);
    return row && toStar(row, this.#presence);
  }

  freeName(name: string): string {
    return freeName(name, (candidate) => this.#sql.isNameTaken.first(candidate) !== undefined);
  }

  list({ status, constellations, after = "", limit }: StarFilter = {}): Star[] {
    const wanted = checkPage("Stars", limit);
    const isActive = status === "online" || status === "offline";
    const standing = isActive ? "active" : status ?? null;
    const within = constellations ? toJson(constellations) : null;
    const stars: Star[] = [];
    for (let from = after;;) {
      const rows = this.#sql.page.all(standing, within, from, wanted);
      for (const row of rows) {
        const isWanted = !isActive || statusOf(row.id, row.standing, this.#presence) === status;
        if (isWanted && stars.length < wanted) stars.push(toStar(row, this.#presence));
      }
      if (rows.length < wanted || stars.length === wanted) return stars;
      const last = rows.at(-1)!.name;
      // Only a damaged index is out of order, and would be walked for ever.
      if (!(last > from)) throw new OrbitError("corrupt", "list Stars: their order is damaged");
      from = last;
    }
  }

  counts(): Record<StarStatus, number> {
    const counts = { pending: 0, online: 0, offline: 0, draining: 0, revoked: 0 };
    for (const { standing, stars } of this.#sql.counts.all()) {
      if (standing !== "active") counts[standing as Exclude<Standing, "active">] = stars;
      else counts.offline = stars;
    }
    for (const id of this.#presence.online()) {
      if (this.#sql.byId.first(id)?.standing !== "active") continue;
      counts.online++;
      counts.offline--;
    }
    return counts;
  }

  rename(id: StarId, name: string): Star {
    parseName(name, "Star");
    return this.#database.transact(() => {
      const star = this.#get(id);
      const owner = this.byName(name);
      if (owner && owner.id !== id) {
        const what = `rename Star ${JSON.stringify(star.name)} to ${JSON.stringify(name)}`;
        throw new OrbitError("conflict", `${what}: another Star has that name`);
      }
      this.#sql.rename.write(name, id);
      return this.#get(id);
    });
  }

  approve(id: StarId): Star {
    return this.#move(id, "approve", ["pending"], "active");
  }

  drain(id: StarId): Star {
    return this.#move(id, "drain", ["active"], "draining");
  }

  resume(id: StarId): Star {
    return this.#move(id, "resume", ["draining"], "active");
  }

  revoke(id: StarId): Star {
    return this.#database.transact(() => {
      const star = this.#move(id, "revoke", ["pending", "active", "draining"], "revoked");
      this.#certificates.revokeAll(id, this.#clock.now());
      this.#presence.forget(id);
      return star;
    });
  }

  remove(id: StarId): Star {
    return this.#database.transact(() => {
      const star = this.#require(id, "remove", ["revoked"]);
      this.#sql.remove.write(id);
      this.#presence.forget(id);
      return star;
    });
  }

  setCertificate(id: StarId, certificate: StarCertificate): void {
    this.#database.transact(() => {
      this.#get(id);
      this.#certificates.add(id, certificate);
      this.#sql.setSerial.write(certificate.serial, id);
    });
  }

  isRevoked(serial: string): boolean {
    return this.#certificates.isRevoked(serial);
  }

  revokedCertificates(): RevokedCertificate[] {
    return this.#certificates.listRevoked(this.#clock.now());
  }

  noteHello(id: StarId, hello: HelloFacts): ConnectionId {
    this.#database.transact(() => {
      if (this.#get(id).standing === "revoked") {
        throw new OrbitError("denied", `let Star ${id} in: it is revoked`);
      }
      this.#sql.setHello.write(
        ...[toJson(hello.version), toJson(hello.hostname), toJson(hello.platform)],
        ...[hello.address === undefined ? null : toJson(hello.address)],
        ...[hello.refusedAddress === undefined ? null : toJson(hello.refusedAddress)],
        ...[toJson(hello.capabilities), toJson(hello.roots)],
        ...[hello.walls === undefined ? null : toJson(hello.walls), id],
      );
    }, { survives: "process" });
    return this.#presence.connect(id);
  }

  noteHeartbeat(id: StarId, connection: ConnectionId, heartbeat: HeartbeatFacts): boolean {
    return this.#presence.beat(id, connection, heartbeat);
  }

  noteGone(id: StarId, connection: ConnectionId): void {
    this.#presence.disconnect(id, connection);
  }

  isConnected(id: StarId): boolean {
    return this.#presence.isOnline(id);
  }

  /** Stores the heartbeats that came since the last time, in one transaction. */
  flush(): void {
    const fresh = this.#presence.takeFresh();
    if (fresh.length === 0) return;
    try {
      this.#database.transact(() => {
        for (const { id, atMs, heartbeat } of fresh) {
          this.#sql.setHeartbeat.write(atMs, heartbeat ? toJson(heartbeat) : null, id);
        }
      }, { survives: "process" });
    } catch (error) {
      this.#presence.giveBack(fresh);
      throw error;
    }
  }

  /** Forgets certificates that ended before. */
  prune(beforeMs: number): number {
    return this.#database.transact(() => this.#certificates.prune(beforeMs));
  }

  #get(id: StarId): Star {
    const star = this.byId(id);
    if (!star) throw new OrbitError("not_found", `find Star ${JSON.stringify(id)}: unknown`);
    return star;
  }

  #require(id: StarId, action: string, from: readonly Standing[]): Star {
    const star = this.#get(id);
    if (from.includes(star.standing)) return star;
    const what = `${action} Star ${JSON.stringify(star.name)}`;
    throw new OrbitError("conflict", `${what}: it is ${star.standing}, not ${from.join(" or ")}`);
  }

  #move(id: StarId, action: string, from: readonly Standing[], to: Standing): Star {
    return this.#database.transact(() => {
      this.#require(id, action, from);
      this.#sql.setStanding.write(to, id);
      return this.#get(id);
    });
  }
}
