/**
 * The files of every Star, however it is reached: at its own address when it listens and can be
 * reached there, through its control stream otherwise.
 */
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import type { SystemSource, SystemUse } from "#core/file_jobs/mod.ts";
import { parseStarId, type StarId } from "#core/identity/mod.ts";
import type { Logger } from "#core/log/mod.ts";
import { SCOPE_CAPABILITY } from "#core/remote/mod.ts";
import type { Caller } from "#core/rpc/mod.ts";
import { confineTo, type OrbitSystem } from "#core/system/mod.ts";
import type { Star, StarRegistry } from "../store/mod.ts";
import { DirectStar, type NucleusCredentials } from "./direct_star.ts";
import type { StarLinks } from "./star_links.ts";
import type { StarSystems } from "./star_systems.ts";

/** What the manager works with. */
export interface StarManagerServices {
  stars: StarRegistry;
  links: StarLinks;
  systems: StarSystems;
  /** The Nucleus's own files; jobs on them are refused when absent. */
  local?: OrbitSystem;
  /** As they are now: certificates are renewed. */
  credentials: () => NucleusCredentials;
  clock: Clock;
  log: Logger;
  /** A Star wasn't reached at its own address. */
  onNotReached?: () => void;
}

/** A channel, with what it was opened with: when that changes, another takes its place. */
interface Channel {
  address: string;
  certificatePem: string;
  star: DirectStar;
}

/** Gives jobs the systems of Stars. */
export class StarManager implements SystemSource, Disposable {
  readonly #services: StarManagerServices;
  readonly #direct = new Map<StarId, Channel>();

  constructor(services: StarManagerServices) {
    this.#services = services;
  }

  /**
   * The files of a Star; waits while it is away.
   *
   * @throws {OrbitError} `not_found` for an unknown Star, `denied` for one that is pending or
   * revoked, or when the Nucleus's own files are asked for and it serves none.
   */
  async open(
    starId: string | undefined,
    signal: AbortSignal,
    use: SystemUse = { relay: false },
  ): Promise<OrbitSystem> {
    if (starId === undefined) return confineTo(this.#local(), use.scope);
    const id = parseStarId(starId);
    for (;;) {
      const direct = await this.#reach(this.#usable(id), signal);
      // It may have been revoked meanwhile.
      const star = this.#usable(id);
      const caller = direct ?? this.#services.links.of(id)?.caller;
      if (caller !== undefined) {
        requireConfining(star, use);
        return this.#services.systems.open(caller, star, use);
      }
      await this.#services.links.news(id, signal);
    }
  }

  /** Drops the channel to a Star: it is revoked, gone, or moved. */
  forget(id: StarId): void {
    this.#direct.get(id)?.star[Symbol.dispose]();
    this.#direct.delete(id);
  }

  [Symbol.dispose](): void {
    for (const id of [...this.#direct.keys()]) this.forget(id);
  }

  #local(): OrbitSystem {
    const { local } = this.#services;
    if (local !== undefined) return local;
    throw new OrbitError(
      "denied",
      "open files: this Nucleus serves none of its own; name a Star, or allowed paths in " +
        "nucleus.toml",
    );
  }

  #usable(id: StarId): Star {
    const star = this.#services.stars.byId(id);
    if (star === undefined) throw new OrbitError("not_found", `find Star ${id}: there is none`);
    if (star.standing === "pending") {
      throw new OrbitError(
        "denied",
        `open files of Star ${star.name}: it waits for approval: orbit-nucleus star approve ` +
          star.name,
      );
    }
    if (star.standing === "revoked") {
      throw new OrbitError("denied", `open files of Star ${star.name}: it was revoked`);
    }
    return star;
  }

  /** A way to the Star at its own address; undefined when it has none or isn't there now. */
  async #reach(star: Star, signal: AbortSignal): Promise<Caller | undefined> {
    // Without a heartbeat it is most likely off, and its address perhaps another's.
    if (star.address === undefined || !this.#services.stars.isConnected(star.id)) return undefined;
    try {
      const direct = this.#directTo(star, star.address);
      if (!direct.isDue) return undefined;
      await direct.ready(signal);
      return direct.caller;
    } catch (error) {
      signal.throwIfAborted();
      this.#services.onNotReached?.();
      this.#services.log.warn("Star not reached at its address; using its control stream", {
        star: star.name,
        address: star.address,
        error: (error as Error).message,
      });
      return undefined;
    }
  }

  #directTo({ id }: Star, address: string): DirectStar {
    const credentials = this.#services.credentials();
    const { certificatePem } = credentials;
    const known = this.#direct.get(id);
    if (known?.address === address && known.certificatePem === certificatePem) return known.star;
    // Calls that go on there fail as if the Star was lost, which jobs get over.
    if (known !== undefined) this.forget(id);
    const star = new DirectStar({ id, address }, credentials, this.#services);
    this.#direct.set(id, { address, certificatePem, star });
    return star;
  }
}

/** One that doesn't know scopes would take what is confined for what isn't. */
function requireConfining({ name, capabilities }: Star, { scope }: SystemUse): void {
  if (scope === undefined || capabilities.includes(SCOPE_CAPABILITY)) return;
  const why = "it is too old to keep a job to its scope; update it";
  throw new OrbitError("unsupported", `open files of Star ${name}: ${why}`);
}
