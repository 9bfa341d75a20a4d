/** A file that comes as one stream of pieces, for who wants its content in parcels. */
import { createHash, type Hash } from "node:crypto";
import { OrbitError } from "#core/errors.ts";
import { type Blake3, openBlake3 } from "#core/hash/mod.ts";
import type { CallOptions, PackRequest, PackSource } from "#core/system/mod.ts";
import { ParcelWriter } from "#core/system/parcel/format.ts";

/**
 * Packs ranges of the file in the order in which they follow one another, whatever order they are
 * asked for in: each waits for those before it. The last one fails unless the stream ends with it
 * and all of it has the expected hash, so nothing wrong ever becomes a file.
 */
export class FetchedFile implements PackSource {
  readonly name: string;
  readonly size: number;
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #expected: Uint8Array;
  readonly #sum: Hash = createHash("sha256");
  #checksum: string | undefined;
  #rest = new Uint8Array();
  #position = 0;
  #moved = Promise.withResolvers<void>();
  #failed = false;

  /** @param expected SHA-256 of the file; empty for any. */
  constructor(
    name: string,
    { size, pieces, expected }: {
      size: number;
      pieces: AsyncIterator<Uint8Array>;
      expected: Uint8Array;
    },
  ) {
    this.name = name;
    this.size = size;
    this.#pieces = pieces;
    this.#expected = expected;
  }

  /** SHA-256 in lower hex, once all of it came. */
  get checksum(): string {
    if (this.#checksum === undefined) throw new OrbitError("internal", "fetch: not all came");
    return this.#checksum;
  }

  async *pack(
    { items }: PackRequest,
    _options?: CallOptions,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    using writer = new ParcelWriter();
    const blake3 = await openBlake3();
    for (const [index, { offset = 0, length = this.size - offset }] of items.entries()) {
      if (!writer.hasRoomToOpen(length)) yield writer.take();
      const facts = { mtime: 0, mtimeNs: 0, version: "fetched", hasHoles: false };
      writer.open(index, { size: this.size, ...facts });
      // An empty range asks for the facts; of an empty file it is also the content.
      if (length === 0 && this.size > 0) writer.close(index, blake3.hash(new Uint8Array()));
      else yield* this.#packRange(writer, index, { offset, length }, blake3);
    }
    if (!writer.isEmpty) yield writer.take();
  }

  async *#packRange(
    writer: ParcelWriter,
    index: number,
    { offset, length }: { offset: number; length: number },
    blake3: Blake3,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    await this.#turn(offset);
    const hasher = blake3.create();
    let isDone = false;
    try {
      for (let left = length; left > 0;) {
        const piece = await this.#next(left);
        left -= piece.length;
        hasher.update(piece);
        for (let at = 0; at < piece.length;) {
          const room = writer.roomForData(piece.length - at);
          if (room === 0) yield writer.take();
          writer.data(index, room, (into) => {
            into.set(piece.subarray(at, at + room));
            return room;
          });
          at += room;
        }
      }
      if (offset + length === this.size) await this.#finish();
      if (!writer.hasRoomToEnd) yield writer.take();
      writer.close(index, hasher.digest());
      isDone = true;
      this.#position = offset + length;
    } finally {
      if (!isDone) this.#failed = true;
      this.#moved.resolve();
      this.#moved = Promise.withResolvers();
    }
  }

  async #turn(offset: number): Promise<void> {
    while (this.#position < offset && !this.#failed) await this.#moved.promise;
    // What has gone by doesn't come again.
    if (this.#failed || this.#position > offset || this.#checksum !== undefined) {
      throw new OrbitError("unavailable", "fetch: the stream is over");
    }
  }

  /** At most so many bytes of what follows. */
  async #next(most: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done) throw lost(`${this.name} ended before the file did`);
      this.#rest = new Uint8Array(value);
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    this.#sum.update(piece);
    return piece;
  }

  async #finish(): Promise<void> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done) break;
      this.#rest = new Uint8Array(value);
    }
    if (this.#rest.length > 0) throw lost(`more came than the ${this.size} bytes of the file`);
    const sum = this.#sum.digest();
    if (this.#expected.length > 0 && !sum.equals(this.#expected)) {
      throw lost("its SHA-256 isn't the expected one");
    }
    this.#checksum = sum.toString("hex");
  }
}

/** What came isn't what was to come. */
export function lost(why: string): OrbitError {
  return new OrbitError("corrupt", `fetch file: ${why}`);
}
