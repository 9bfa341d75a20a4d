/** Room that many share, of which nobody can take so much that nothing is left for others. */

/** How much there may be, and what becomes of what has no room. */
export interface FairRoomOptions<T> {
  /** Of one party, and in all. */
  each: number;
  all: number;
  /** Has to go: it isn't in the room any more. */
  drop: (thing: T) => void;
}

/** Things by party. When there are too many, the oldest of whoever has most has to go. */
export class FairRoom<T> {
  readonly #options: FairRoomOptions<T>;
  /** The oldest first; nobody is listed with nothing. */
  readonly #things = new Map<string, T[]>();
  #size = 0;

  constructor(options: FairRoomOptions<T>) {
    this.#options = options;
  }

  /** How many there are in all. */
  get size(): number {
    return this.#size;
  }

  /** Of one party, the oldest first. */
  of(party: string): readonly T[] {
    return this.#things.get(party) ?? [];
  }

  /** Whether another thing of this party has room, if need be in the place of a greedier one's. */
  hasRoomFor(party: string): boolean {
    const own = this.of(party).length;
    if (own >= this.#options.each) return false;
    return this.#size < this.#options.all || own < this.of(this.#greediest()!).length;
  }

  /** Keeps a thing; one of the party's own goes for it when there is no other room. */
  add(party: string, thing: T): void {
    const isFull = this.#size >= this.#options.all;
    const loser = this.hasRoomFor(party) ? (isFull ? this.#greediest() : undefined) : party;
    const lost = loser === undefined ? undefined : this.of(loser)[0];
    if (lost !== undefined) this.remove(loser!, lost);
    const own = this.#things.get(party) ?? [];
    this.#things.set(party, own);
    own.push(thing);
    this.#size++;
    if (lost !== undefined) this.#options.drop(lost);
  }

  /** Whether it was there. */
  remove(party: string, thing: T): boolean {
    const own = this.#things.get(party);
    const at = own?.indexOf(thing) ?? -1;
    if (at < 0) return false;
    own!.splice(at, 1);
    this.#size--;
    if (own!.length === 0) this.#things.delete(party);
    return true;
  }

  /** Drops all there is. */
  clear(): void {
    const all = [...this.#things.values()].flat();
    this.#things.clear();
    this.#size = 0;
    for (const thing of all) this.#options.drop(thing);
  }

  /** Of those who have equally much the one who came first. */
  #greediest(): string | undefined {
    let most = 0, greediest: string | undefined;
    for (const [party, { length }] of this.#things) {
      if (length > most) [most, greediest] = [length, party];
    }
    return greediest;
  }
}
