/** A Star near here that may have chunks of what another one gives; dialled when it is first asked. */
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
