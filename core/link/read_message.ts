/** Requests of a Direct Link, as messages. */
import type { IncomingMessage } from "node:http";
import { fromBinary } from "@bufbuild/protobuf";
import { type ErrorCode, OrbitError } from "#core/errors.ts";
import { MAX_ITEMS_BYTES } from "./items.ts";

/** What one peer may have on its way at a time: anybody who is a Star may ask, with no grant. */
const MAX_ARRIVING_BYTES = 4 * MAX_ITEMS_BYTES;
/** When there is more in all, nobody may have more than an equal share of it. */
const MAX_ALL_BYTES = 16 * MAX_ITEMS_BYTES;
/** How long a request may take to arrive. */
const REQUEST_MS = 60_000;

/** What is read. */
export interface WantedMessage {
  /** Whose it is: all that it sends at a time shares one bound. */
  peer: string;
  /** Its bytes at most. */
  most: number;
  /** What a request that is too long is refused with. */
  tooLong?: ErrorCode;
}

/** Reads requests, of nobody too many bytes at a time. */
export class MessageReader {
  /** Bytes that came of requests which aren't there whole, by peer. */
  readonly #arriving = new Map<string, number>();
  #allArriving = 0;

  /**
   * @throws {OrbitError} `invalid` for what is no such message, `unavailable` when it doesn't
   * arrive, `exhausted` (retryable) when too much of its peer's arrives already.
   */
  async read<S extends Parameters<typeof fromBinary>[0]>(
    request: IncomingMessage,
    schema: S,
    wanted: WantedMessage,
  ) {
    const body = await this.#readBody(request, wanted);
    try {
      return fromBinary<S>(schema, body);
    } catch (cause) {
      throw new OrbitError("invalid", "link: the request can't be read", { cause });
    }
  }

  async #readBody(
    request: IncomingMessage,
    { peer, most, tooLong = "exhausted" }: WantedMessage,
  ): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let length = 0;
    const timer = setTimeout(() => {
      request.destroy(new OrbitError("unavailable", "link: the request didn't arrive"));
    }, REQUEST_MS);
    try {
      for await (const piece of request) {
        length += piece.length;
        this.#arrive(peer, piece.length);
        if (length > most) throw new OrbitError(tooLong, "link: the request is too long");
        if (this.#arriving.get(peer)! > this.#share) {
          throw new OrbitError("exhausted", "link: too many requests are on their way", {
            detail: { retryable: true },
          });
        }
        pieces.push(piece);
      }
    } finally {
      clearTimeout(timer);
      this.#arrive(peer, -length);
    }
    const body = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      body.set(piece, at);
      at += piece.length;
    }
    return body;
  }

  /** What one peer may have. */
  get #share(): number {
    if (this.#allArriving <= MAX_ALL_BYTES) return MAX_ARRIVING_BYTES;
    return Math.min(MAX_ARRIVING_BYTES, MAX_ALL_BYTES / this.#arriving.size);
  }

  #arrive(peer: string, bytes: number): void {
    this.#allArriving += bytes;
    const arriving = (this.#arriving.get(peer) ?? 0) + bytes;
    if (arriving > 0) this.#arriving.set(peer, arriving);
    else this.#arriving.delete(peer);
  }
}
