/** Grants that were used already. */
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import type { Grant } from "./grant.ts";

/** Grants remembered at most; more at a time is somebody's mischief. */
const MAX_USED = 100_000;

/** Entries on disk that are over, before all is written again. */
const SPARE_ENTRIES = 1000;

/** What is asked of a grant. */
export type UsedGrant = Pick<Grant, "id" | "issuedAtMs" | "expiresAtMs">;

/** A grant's name, and when it expires, in milliseconds since 1970. */
export type UsedEntry = [id: string, expiresAtMs: number];

/** Where used grants survive a restart. */
export interface ReplayStorage {
  /** Keeps these and no others; resolves when they are on disk. */
  replace(used: Iterable<UsedEntry>): Promise<void>;
  /** Keeps these as well; resolves when they are on disk. */
  append(used: Iterable<UsedEntry>): Promise<void>;
}

/** Lets each grant in once; forgets those that are over anyway. */
export class ReplayGuard {
  readonly #clock: Clock;
  readonly #storage: ReplayStorage;
  /** In the order they were used. */
  readonly #used: Map<string, number>;
  readonly #sinceMs: number;
  /** Not on disk yet. */
  #unsaved: UsedEntry[] = [];
  /** Entries on disk, those that are over included; unknown when that may have been torn. */
  #kept: number | undefined;
  #saving: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /**
   * @param used What was used before, as it was saved; undefined when nobody knows any more: then
   * no grant is good that was signed before now.
   */
  constructor(
    clock: Clock,
    storage: ReplayStorage,
    used: Iterable<[string, number]> | undefined,
  ) {
    this.#clock = clock;
    this.#storage = storage;
    this.#used = new Map(used);
    this.#sinceMs = used === undefined ? clock.now() : 0;
  }

  /**
   * Uses a grant up; resolves when that is on disk.
   *
   * @throws {OrbitError} `denied` when it was used before, `exhausted` when too many are.
   */
  async use({ id, issuedAtMs, expiresAtMs }: UsedGrant): Promise<void> {
    // A grant tells whole seconds.
    if (issuedAtMs + 1000 <= this.#sinceMs) {
      throw new OrbitError("denied", "check grant: it may have been used before");
    }
    if (this.#used.has(id)) throw new OrbitError("denied", "check grant: it was used before");
    if (this.#used.size >= MAX_USED) this.#forget({ all: true });
    if (this.#used.size >= MAX_USED) {
      throw new OrbitError("exhausted", "check grant: too many are in use", {
        detail: { retryable: true },
      });
    }
    this.#used.set(id, expiresAtMs);
    this.#unsaved.push([id, expiresAtMs]);
    await this.#save();
  }

  /** Nearly all end in the order they were used, so that not all need to be looked at. */
  #forget({ all = false } = {}): void {
    const now = this.#clock.now() - 120_000;
    for (const [id, expiresAtMs] of this.#used) {
      if (expiresAtMs < now) this.#used.delete(id);
      else if (!all) return;
    }
  }

  /** Resolves when what is used now is on disk: one write for all that came during another. */
  #save(): Promise<void> {
    if (this.#saving === undefined) return this.#start();
    this.#next ??= this.#saving.catch(() => {}).then(() => {
      this.#next = undefined;
      return this.#start();
    });
    return this.#next;
  }

  #start(): Promise<void> {
    this.#forget();
    return this.#saving = this.#write().finally(() => this.#saving = undefined);
  }

  /** Adds what is new; now and then, and after trouble, writes what still counts. */
  async #write(): Promise<void> {
    const unsaved = this.#unsaved, kept = this.#kept;
    this.#unsaved = [];
    this.#kept = undefined;
    const isGood = kept !== undefined && kept < 2 * this.#used.size + SPARE_ENTRIES;
    if (isGood) await this.#storage.append(unsaved);
    else await this.#storage.replace(this.#used);
    this.#kept = isGood ? kept + unsaved.length : this.#used.size;
  }
}
