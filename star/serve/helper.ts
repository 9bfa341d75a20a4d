/** A Star near here that may have chunks of what another one gives; dialled when it is first asked. */
import type { Clock } from "#core/clock.ts";
import type { LinkSource } from "#core/link/client.ts";
import type { CallOptions, NearbyChunks } from "#core/system/mod.ts";
import type { PackOptions } from "#core/system/parcel/request.ts";

/** How long a helper may be silent, or slow: the source has all that it might give. */
export const HELPER_TIMEOUTS = { answerMs: 5_000, silenceMs: 10_000, parcelMs: 20_000 };

/** Asks over a link that is opened once; an attempt that failed is not made again. */
export class Helper implements NearbyChunks, AsyncDisposable {
  readonly isHere = false;
  #link: Promise<LinkSource> | undefined;

  /**
   * @param open Opens the link.
   * @param took Is told of bytes that came, and says how long they are held up.
   */
  constructor(
    readonly name: string,
    readonly open: () => Promise<LinkSource>,
    readonly took: (bytes: number) => Promise<void> | undefined,
  ) {}

  async find(hashes: Uint8Array, options?: CallOptions): Promise<Uint8Array> {
    return await (await this.#opened()).find(hashes, options);
  }

  async *packChunks(
    hashes: Uint8Array,
    options?: PackOptions,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for await (const parcel of (await this.#opened()).packChunks(hashes, options)) {
      await this.took(parcel.length);
      yield parcel;
    }
  }

  #opened(): Promise<LinkSource> {
    return this.#link ??= this.open();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await (await this.#link)?.[Symbol.asyncDispose]();
    } catch {
      // It was never open.
    }
  }
}

/** How long nobody asks a helper that couldn't be reached, and how many are remembered for that. */
const REST_MS = 5 * 60_000, MAX_RESTING = 1024;

/** Helpers that aren't worth another try yet: each would hold every large file up. */
export class Resting {
  readonly #clock: Pick<Clock, "elapsed">;
  /** Until when, by name; the one that began first is at the front. */
  readonly #until = new Map<string, number>();

  constructor(clock: Pick<Clock, "elapsed">) {
    this.#clock = clock;
  }

  has(name: string): boolean {
    const until = this.#until.get(name);
    return until !== undefined && this.#clock.elapsed() < until;
  }

  /** It couldn't be reached. */
  begin(name: string): void {
    this.#until.delete(name);
    this.#until.set(name, this.#clock.elapsed() + REST_MS);
    if (this.#until.size > MAX_RESTING) this.#until.delete(this.#until.keys().next().value!);
  }
}
