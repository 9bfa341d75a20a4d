/** Content on its way to those who asked for it over links. */
import type { ServerResponse } from "node:http";
import { OrbitError } from "#core/errors.ts";
import { type Logger, silentLogger } from "#core/log/mod.ts";
import type { PackOptions } from "#core/system/parcel/request.ts";
import { Spares } from "#core/system/parcel/spares.ts";
import { FairRoom } from "./fair_room.ts";
import type { OpenLink } from "./open_links.ts";
import type { LinkServerServices } from "./server.ts";

/**
 * Answers of one Star, and of all: some megabytes of each wait for whoever takes nothing of
 * what it asked for. One job between two Stars asks for a hundred at a time.
 */
const MAX_EACH = 256, MAX_ALL = 1024;

/** Where giving is limited, a parcel goes in so many pieces a second, none much smaller. */
const PIECES_A_SECOND = 8, LEAST_PIECE_BYTES = 512;

/** Gives content, to nobody so much that others get nothing. */
export class Answers {
  readonly #services: Pick<LinkServerServices, "limit" | "meter">;
  readonly #requireNotRevoked: (thumbprint: string) => void;
  readonly #log: Logger;
  readonly #room = new FairRoom<AbortController>({
    ...{ each: MAX_EACH, all: MAX_ALL },
    drop: (gone) => gone.abort(new OrbitError("exhausted", "others wait for content, too")),
  });

  /** @param requireNotRevoked Throws when this certificate is refused before its end. */
  constructor(
    services: Pick<LinkServerServices, "limit" | "meter" | "log">,
    requireNotRevoked: (thumbprint: string) => void,
  ) {
    this.#services = services;
    this.#requireNotRevoked = requireNotRevoked;
    this.#log = services.log ?? silentLogger;
  }

  /**
   * Content as the body of an answer, as fast as it is taken; broken off when more than the link's
   * grant allows is asked for.
   *
   * @throws {OrbitError} `exhausted` (retryable) when too many are on their way.
   */
  async answer(
    link: OpenLink,
    pack: (options: PackOptions) => AsyncIterable<Uint8Array<ArrayBuffer>>,
    response: ServerResponse,
  ): Promise<void> {
    const gone = new AbortController();
    const { star } = link;
    if (!this.#room.hasRoomFor(star)) {
      throw new OrbitError("exhausted", "pack: too much is asked for at a time", {
        detail: { retryable: true },
      });
    }
    this.#room.add(star, gone);
    try {
      await this.#give(link, pack, response, gone);
    } finally {
      this.#room.remove(star, gone);
    }
  }

  async #give(
    link: OpenLink,
    pack: (options: PackOptions) => AsyncIterable<Uint8Array<ArrayBuffer>>,
    response: ServerResponse,
    gone: AbortController,
  ): Promise<void> {
    const leave = () => gone.abort(new OrbitError("unavailable", "the link is closed"));
    response.once("close", leave);
    // Who went before this doesn't go again.
    if (response.destroyed) leave();
    const spares = new Spares();
    const parcels = pack({ signal: gone.signal, spares });
    const send = (parcel: Uint8Array<ArrayBuffer>) =>
      this.#send(link, parcel, response, { gone: gone.signal, spares });
    response.writeHead(200, { "content-type": "application/octet-stream" });
    try {
      for await (const parcel of parcels) await send(parcel);
      response.end();
    } catch (error) {
      // The answer has begun: breaking it off is all that can be said.
      if (!response.destroyed) this.#log.warn("link broken off", { error: String(error) });
      response.destroy();
    }
  }

  async #send(
    link: OpenLink,
    parcel: Uint8Array<ArrayBuffer>,
    response: ServerResponse,
    { gone, spares }: { gone: AbortSignal; spares: Spares },
  ): Promise<void> {
    this.#requireNotRevoked(link.thumbprint);
    link.bytesLeft -= parcel.length;
    if (link.bytesLeft < 0) throw new OrbitError("denied", "pack: more than the grant allows");
    const head = new Uint8Array(4);
    new DataView(head.buffer).setUint32(0, parcel.length, true);
    response.write(head);
    const { limit, meter } = this.#services;
    for (const { piece, isLast } of piecesAt(limit?.bytesPerSecond, parcel)) {
      await limit?.take(link.party, piece.length, gone);
      const isRoom = response.write(piece, () => isLast && spares.give(parcel));
      meter?.gaveBytes(piece.length);
      if (!isRoom) await this.#drained(response, gone);
    }
  }

  async #drained(response: ServerResponse, gone: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const fail = () => reject(gone.reason);
      response.once("drain", () => {
        gone.removeEventListener("abort", fail);
        resolve();
      });
      if (gone.aborted) fail();
      gone.addEventListener("abort", fail, { once: true });
    });
  }
}

/** At a slow rate in small pieces, so that the other end hears something all the time. */
function* piecesAt(
  bytesPerSecond: number | undefined,
  parcel: Uint8Array,
): Generator<{ piece: Uint8Array; isLast: boolean }> {
  const most = bytesPerSecond === undefined
    ? parcel.length
    : Math.max(LEAST_PIECE_BYTES, Math.floor(bytesPerSecond / PIECES_A_SECOND));
  for (let at = 0; at < parcel.length; at += most) {
    yield { piece: parcel.subarray(at, at + most), isLast: at + most >= parcel.length };
  }
}
