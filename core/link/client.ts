/** The taking end of Direct Links. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { formatAddress } from "#core/config/addresses.ts";
import { OrbitError } from "#core/errors.ts";
import type {
  PackItem,
  PackOptions,
  PackRequest,
  PackSource,
} from "#core/system/parcel/request.ts";
import type { CallOptions } from "#core/system/system.ts";
import { hashCount, type NearbyChunks } from "#core/system/parcel/nearby.ts";
import {
  FindChunksRequestSchema,
  FindChunksResponseSchema,
  OpenLinkRequestSchema,
  OpenLinkResponseSchema,
  PackChunksRequestSchema,
  PackRangesRequestSchema,
} from "#proto/gen/orbit/v1/link_pb.ts";
import { readOr, readShort, refusal } from "./answers.ts";
import { Asked, Limit } from "./asked.ts";
import { broken } from "./http.ts";
import { type LinkFiles, toLinkItems } from "./items.ts";
import { ParcelStream } from "./parcel_stream.ts";
import type { LinkAnswer, LinkPeer, LinkPool, LinkWay } from "./pool.ts";

/** How long a source may be silent. */
export interface LinkTimeouts {
  /** Until it begins an answer, or, when that is a short one, until it is there. */
  answerMs: number;
  /** Between two pieces of content that are waited for. */
  silenceMs: number;
  /** For a parcel whole; for ever when absent, as long as something comes. */
  parcelMs?: number;
}

const TIMEOUTS: LinkTimeouts = { answerMs: 30_000, silenceMs: 30_000 };

/** Whose files, and how they are reached. */
export interface LinkTarget extends LinkPeer {
  /** What the Nucleus signed. */
  grant: string;
}

/** An open link: content of the files that its grant names. */
export interface LinkSource extends PackSource, NearbyChunks, AsyncDisposable {}

/** How a link is opened. */
export interface OpenOptions extends CallOptions {
  timeouts?: Partial<LinkTimeouts>;
  /**
   * All the files are going to be asked for at once, whole and in their order: so they are, with
   * the grant, which spares a round trip.
   */
  packAll?: boolean;
}

/**
 * Opens a link to a Star, over the pool's connections. No other address is ever dialled.
 *
 * @throws {OrbitError} what the source refused it with; `unavailable` when it can't be reached.
 */
export async function openLink(
  target: LinkTarget,
  files: LinkFiles,
  pool: LinkPool,
  { signal, timeouts, packAll = false }: OpenOptions = {},
): Promise<LinkSource> {
  const link = new Link(target, files, pool, { ...TIMEOUTS, ...timeouts });
  try {
    await link.open(packAll, signal);
    return link;
  } catch (error) {
    await link[Symbol.asyncDispose]();
    throw error;
  }
}

class Link implements LinkSource {
  readonly name: string;
  readonly isHere = false;
  readonly #target: LinkTarget;
  readonly #files: LinkFiles;
  /** The number of each file, by base and path. */
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #way: LinkWay;
  readonly #release: (after: Promise<void>) => void;
  readonly #timeouts: LinkTimeouts;
  #id = "";
  /** The content of all files, which was asked for already. */
  #all: Asked | undefined;

  constructor(target: LinkTarget, files: LinkFiles, pool: LinkPool, timeouts: LinkTimeouts) {
    this.#timeouts = timeouts;
    this.#target = target;
    this.#files = files;
    this.name = `Star at ${placeOf(target)}`;
    this.#numbers = new Map(
      files.items.map(({ source, path }, number) => [keyOf(files.sources[source], path), number]),
    );
    const { way, release } = pool.take(target);
    this.#way = way;
    this.#release = release;
  }

  async open(packAll: boolean, signal: AbortSignal | undefined): Promise<void> {
    const items = toLinkItems(this.#files);
    const request = create(OpenLinkRequestSchema, { grant: this.#target.grant, items, packAll });
    const body = toBinary(OpenLinkRequestSchema, request);
    this.#id = packAll ? await this.#openAll(body, signal) : await this.#openOnly(body, signal);
    if (!/^[0-9a-f]{64}$/.test(this.#id)) throw broken("the answer is none");
  }

  async #openOnly(body: Uint8Array<ArrayBuffer>, signal?: AbortSignal): Promise<string> {
    const answer = await this.#askShort("open", body, signal);
    return readOr(() => fromBinary(OpenLinkResponseSchema, answer)).linkId;
  }

  async #openAll(body: Uint8Array<ArrayBuffer>, signal?: AbortSignal): Promise<string> {
    const asked = await this.#askFor("open", body, signal);
    this.#all = asked;
    return asked.content.header("x-orbit-link") ?? "";
  }

  async *pack(
    request: PackRequest,
    { signal, spares }: PackOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    if (request.followLinks !== this.#files.followLinks) {
      throw new OrbitError("invalid", "pack: the link follows links otherwise");
    }
    using asked = await this.#askForItems(request, signal);
    yield* this.#parcels(asked, { signal, spares });
  }

  async #askForItems(request: PackRequest, signal: AbortSignal | undefined): Promise<Asked> {
    const all = this.#all;
    if (all !== undefined && this.#isAll(request)) {
      this.#all = undefined;
      return all;
    }
    const ranges = request.items.map((item) => this.#range(request.sources, item));
    const message = create(PackRangesRequestSchema, { ranges });
    return await this.#askFor("pack", toBinary(PackRangesRequestSchema, message), signal);
  }

  async find(hashes: Uint8Array, { signal }: CallOptions = {}): Promise<Uint8Array> {
    const body = toBinary(FindChunksRequestSchema, create(FindChunksRequestSchema, { hashes }));
    const answer = await this.#askShort("find", body, signal);
    const { found } = readOr(() => fromBinary(FindChunksResponseSchema, answer));
    if (found.length !== hashCount(hashes)) throw broken("the answer is about other chunks");
    return found;
  }

  async *packChunks(
    hashes: Uint8Array,
    options: PackOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const request = create(PackChunksRequestSchema, { hashes });
    const body = toBinary(PackChunksRequestSchema, request);
    using asked = await this.#askFor("chunks", body, options.signal);
    yield* this.#parcels(asked, options);
  }

  /** Whether this asks for all files, whole and in their order. */
  #isAll({ sources, items }: PackRequest): boolean {
    return items.length === this.#files.items.length &&
      items.every(({ source, path, offset = 0, length, recipe }, index) =>
        offset === 0 && length === undefined && recipe === undefined &&
        this.#numbers.get(keyOf(sources[source], path)) === index
      );
  }

  /** Content that begins to come. */
  async #askFor(
    what: "open" | "pack" | "chunks",
    body: Uint8Array<ArrayBuffer>,
    signal: AbortSignal | undefined,
  ): Promise<Asked> {
    const limit = new Limit(this.#timeouts.answerMs, signal);
    try {
      const content = await this.#ask(what, body, limit);
      limit.answered();
      return new Asked(content, limit);
    } catch (error) {
      limit[Symbol.dispose]();
      throw error;
    }
  }

  async *#parcels(
    { content, limit }: Asked,
    { signal, spares }: PackOptions,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    // It may have been asked for before, by another's signal.
    using _ended = limit.endsWith(signal);
    const { silenceMs, parcelMs } = this.#timeouts;
    const onSilence = (why: string) => limit.end(why);
    using parcels = new ParcelStream(content, { silenceMs, parcelMs, onSilence, spares });
    try {
      for (;;) {
        const parcel = await parcels.next();
        if (parcel === undefined) return;
        yield parcel;
      }
    } catch (error) {
      limit.signal.throwIfAborted();
      throw error instanceof OrbitError ? error : broken((error as Error).message, error);
    }
  }

  #range(sources: readonly string[], { source, path, offset = 0, length, recipe }: PackItem) {
    const item = this.#numbers.get(keyOf(sources[source], path));
    if (item === undefined) {
      throw new OrbitError("invalid", `pack ${JSON.stringify(path)}: the link is for other files`);
    }
    return {
      item,
      offset: BigInt(offset),
      length: length === undefined ? undefined : BigInt(length),
      recipe: recipe && {
        parameters: recipe.parameters,
        from: BigInt(recipe.from),
        until: BigInt(recipe.until),
      },
    };
  }

  /** An answer whole. */
  async #askShort(
    what: "open" | "find" | "close",
    body: Uint8Array<ArrayBuffer>,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    // Whether a link was ended is no news to wait long for.
    using limit = new Limit(this.#timeouts.answerMs / (what === "close" ? 10 : 1), signal);
    using answer = await this.#ask(what, body, limit);
    try {
      return await readShort(answer);
    } catch (error) {
      throw this.#trouble(error, limit);
    }
  }

  async #ask(
    what: "open" | "pack" | "find" | "chunks" | "close",
    body: Uint8Array<ArrayBuffer>,
    limit: Limit,
  ): Promise<LinkAnswer> {
    const headers = { "content-type": "application/x-protobuf", "x-orbit-link": this.#id };
    try {
      const answer = await this.#way.ask({ path: `/link/v1/${what}`, headers, body }, limit.signal);
      if (answer.status === 200) return answer;
      using refused = answer;
      throw await refusal(refused);
    } catch (error) {
      throw this.#trouble(error, limit);
    }
  }

  #trouble(error: unknown, { signal }: Limit): unknown {
    if (signal.aborted) return signal.reason;
    if (error instanceof OrbitError) return error;
    const { message } = error as Error;
    const text = `link to ${placeOf(this.#target)}: ${message}`;
    return new OrbitError("unavailable", text, {
      cause: error,
      detail: { retryable: true, side: "source" },
    });
  }

  /** Has the source told that the link is over; one that doesn't hear it ends it by itself. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#all?.[Symbol.dispose]();
    // Nobody waits for a round trip that brings no news.
    this.#release(this.#close());
    return Promise.resolve();
  }

  async #close(): Promise<void> {
    try {
      if (this.#id !== "") await this.#askShort("close", new Uint8Array());
    } catch {
      // Whatever went wrong, nothing more is wanted of it.
    }
  }
}

function placeOf({ address, serverName }: LinkPeer): string {
  return address === undefined ? serverName : formatAddress(address);
}

function keyOf(base: string, path: string): string {
  return `${base}\0${path}`;
}
