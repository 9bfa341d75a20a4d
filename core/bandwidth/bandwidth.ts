/**
 * A bandwidth that several share: a token bucket, and start-time fair queuing between those who
 * wait (Goyal, Vin, Cheng: Start-time Fair Queuing, 1996).
 */
import type { Clock } from "#core/clock.ts";
import { rateAt, type Timetable } from "./timetable.ts";

/** What flows into the bucket while nobody takes anything, in milliseconds of the rate. */
const BURST_MS = 250;
/** How often the timetable is looked at while somebody waits. */
const LOOK_MS = 1000;
/** Parties that are remembered though they wait for nothing. */
const MAX_PARTIES = 256;

interface Waiting {
  bytes: number;
  go(): void;
}

interface Party {
  /** Bytes that it was given, of those who waited; one that comes late begins with the others. */
  tag: number;
  readonly queue: Waiting[];
}

/**
 * Lets bytes through at a rate, and shares it between parties by bytes: one with many requests gets
 * no more than one with a single one.
 *
 * ```ts
 * await bandwidth.take(jobId, parcel.length, signal);
 * ```
 */
export class Bandwidth {
  readonly #timetable: Timetable;
  readonly #clock: Clock;
  readonly #parties = new Map<string, Party>();
  /** The tag of the one that was served last. */
  #virtual = 0;
  #waiting = 0;
  #level = 0;
  #filledMs: number;
  /** Ends the wait for the bucket. */
  #pause: AbortController | undefined;
  #isServing = false;

  constructor(timetable: Timetable, clock: Clock) {
    this.#timetable = timetable;
    this.#clock = clock;
    this.#filledMs = clock.elapsed();
  }

  /** The limit now; undefined for none. */
  get bytesPerSecond(): number | undefined {
    return rateAt(this.#timetable, this.#clock.now());
  }

  /**
   * Resolves when so many bytes may go. A request larger than the bucket waits until all of it has
   * flowed in: over time the rate is never exceeded. Undefined when nothing has to be waited for;
   * rejects with the signal's reason.
   */
  take(party: string, bytes: number, signal?: AbortSignal): Promise<void> | undefined {
    if (this.#waiting === 0 && this.bytesPerSecond === undefined) return undefined;
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const { queue } = this.#party(party);
      const leave = () => {
        queue.splice(queue.indexOf(waiting), 1);
        this.#left();
        reject(signal!.reason);
      };
      const go = () => {
        signal?.removeEventListener("abort", leave);
        this.#left();
        resolve();
      };
      const waiting = { bytes, go };
      signal?.addEventListener("abort", leave, { once: true });
      queue.push(waiting);
      this.#waiting++;
      if (!this.#isServing) void this.#serve();
    });
  }

  #party(name: string): Party {
    const known = this.#parties.get(name);
    if (known !== undefined) {
      if (known.queue.length === 0) known.tag = Math.max(known.tag, this.#virtual);
      return known;
    }
    if (this.#parties.size >= MAX_PARTIES) this.#forgetIdle();
    const party = { tag: this.#virtual, queue: [] };
    this.#parties.set(name, party);
    return party;
  }

  #forgetIdle(): void {
    for (const [name, { queue }] of this.#parties) {
      if (queue.length === 0) this.#parties.delete(name);
    }
  }

  #left(): void {
    if (--this.#waiting === 0) this.#pause?.abort();
  }

  async #serve(): Promise<void> {
    this.#isServing = true;
    while (this.#waiting > 0) {
      const party = this.#next();
      const { bytes, go } = party.queue[0];
      const missingMs = this.#fill(bytes);
      if (missingMs > 0) {
        await this.#rest(Math.min(missingMs, LOOK_MS));
        continue;
      }
      party.queue.shift();
      this.#level = Math.max(0, this.#level - bytes);
      this.#virtual = party.tag;
      party.tag += bytes;
      go();
    }
    this.#isServing = false;
  }

  /** The one of those who wait that was given least. */
  #next(): Party {
    let next: Party | undefined;
    for (const party of this.#parties.values()) {
      if (party.queue.length > 0 && (next === undefined || party.tag < next.tag)) next = party;
    }
    return next!;
  }

  /** Lets flow in what has come; how long until there is enough for a request. */
  #fill(bytes: number): number {
    const nowMs = this.#clock.elapsed();
    const rate = this.bytesPerSecond;
    const sinceMs = nowMs - this.#filledMs;
    this.#filledMs = nowMs;
    if (rate === undefined) return 0;
    const most = Math.max(bytes, rate * BURST_MS / 1000);
    this.#level = Math.min(most, this.#level + sinceMs * rate / 1000);
    // Fractions that are missing are no reason to wait.
    return Math.max(0, Math.ceil((bytes - this.#level) / rate * 1000 - 1e-6));
  }

  async #rest(ms: number): Promise<void> {
    this.#pause = new AbortController();
    await this.#clock.sleep(ms, { signal: this.#pause.signal }).catch(() => {});
    this.#pause = undefined;
  }
}
