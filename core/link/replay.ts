/** Grants that were used already. */
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import type { Grant } from "./grant.ts";

/** Grants remembered at most; more at a time is somebody's mischief. */
const MAX_USED = 100_000;

/** What is asked of a grant. */
export type UsedGrant = Pick<Grant, "id" | "issuedAtMs" | "expiresAtMs">;

/** Where used grants survive a restart. */
export interface ReplayStorage {
  /** Resolves when it is on disk. */
  save(used: ReadonlyMap<string, number>): Promise<void>;
}

/** Lets each grant in once; forgets those that are over anyway. */
export class ReplayGuard {
  readonly #clock: Clock;
  readonly #storage: ReplayStorage;
  /** When each expires, in milliseconds since 1970, by its name. */
  readonly #used: Map<string, number>;
  readonly #sinceMs: number;
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
    if (this.#used.size >= MAX_USED) this.#forget();
    if (this.#used.size >= MAX_USED) {
      throw new OrbitError("exhausted", "check grant: too many are in use", {
        detail: { retryable: true },
      });
    }
    this.#used.set(id, expiresAtMs);
    await this.#save();
  }

  #forget(): void {
    const now = this.#clock.now() - 120_000;
    for (const [id, expiresAtMs] of this.#used) if (expiresAtMs < now) this.#used.delete(id);
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
    return this.#saving = this.#storage.save(this.#used).finally(() => this.#saving = undefined);
  }
}
