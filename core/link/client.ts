/** The taking end of Direct Links. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { formatAddress } from "#core/config/addresses.ts";
import { type ErrorCode, isErrorCode, OrbitError } from "#core/errors.ts";
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
  LinkItemsSchema,
  LinkRefusalSchema,
  OpenLinkRequestSchema,
  OpenLinkResponseSchema,
  PackChunksRequestSchema,
  PackRangesRequestSchema,
} from "#proto/gen/orbit/v1/link_pb.ts";
import { broken, type HttpAnswer } from "./http.ts";
import { encodeItems, type LinkFiles } from "./items.ts";
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

/** The longest answer that isn't content. */
const MAX_ANSWER_BYTES = 16 * 1024;

/** Whose files, and how they are reached. */
export interface LinkTarget extends LinkPeer {
  /** What the Nucleus signed. */
  grant: string;
}

/** An open link: content of the files that its grant names. */
export interface LinkSource extends PackSource, NearbyChunks, AsyncDisposable {}

/**
 * Opens a link to a Star, over the pool's connections. No other address is ever dialled.
 *
 * @throws {OrbitError} what the source refused it with; `unavailable` when it can't be reached.
 */
export async function openLink(
  target: LinkTarget,
  files: LinkFiles,
  pool: LinkPool,
  { signal, timeouts }: CallOptions & { timeouts?: Partial<LinkTimeouts> } = {},
): Promise<LinkSource> {
  const link = new Link(target, files, pool, { ...TIMEOUTS, ...timeouts });
  try {
    await link.open(signal);
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

  async open(signal: AbortSignal | undefined): Promise<void> {
    const { bytes } = encodeItems(this.#files);
    const request = create(OpenLinkRequestSchema, {
      grant: this.#target.grant,
      items: fromBinary(LinkItemsSchema, bytes),
    });
    const body = toBinary(OpenLinkRequestSchema, request);
    const answer = await this.#askShort("open", body, signal);
    const { linkId } = readOr(() => fromBinary(OpenLinkResponseSchema, answer));
    if (!/^[0-9a-f]{64}$/.test(linkId)) throw broken("the answer is none");
    this.#id = linkId;
  }

  async *pack(
    { sources, items, followLinks }: PackRequest,
    { signal, spares }: PackOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    if (followLinks !== this.#files.followLinks) {
      throw new OrbitError("invalid", "pack: the link follows links otherwise");
    }
    const ranges = items.map((item) => this.#range(sources, item));
    const request = create(PackRangesRequestSchema, { ranges });
    yield* this.#parcels("pack", toBinary(PackRangesRequestSchema, request), { signal, spares });
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
    yield* this.#parcels("chunks", toBinary(PackChunksRequestSchema, request), options);
  }

  async *#parcels(
    what: "pack" | "chunks",
    body: Uint8Array<ArrayBuffer>,
    { signal, spares }: PackOptions,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    using limit = new Limit(this.#timeouts.answerMs, signal);
    using content = await this.#ask(what, body, limit);
    limit.answered();
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

/** Ends a request when its caller does, or when it takes too long. */
class Limit implements Disposable {
  readonly signal: AbortSignal;
  readonly #own = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(answerMs: number, outer: AbortSignal | undefined) {
    this.signal = outer === undefined
      ? this.#own.signal
      : AbortSignal.any([outer, this.#own.signal]);
    this.#timer = setTimeout(() => this.end("no answer came"), answerMs);
  }

  /** What is still to come isn't bound by time. */
  answered(): void {
    clearTimeout(this.#timer);
  }

  end(why: string): void {
    this.#own.abort(broken(why));
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

function placeOf({ address, serverName }: LinkPeer): string {
  return address === undefined ? serverName : formatAddress(address);
}

function keyOf(base: string, path: string): string {
  return `${base}\0${path}`;
}

/** An answer that isn't content, whole. */
async function readShort(answer: HttpAnswer): Promise<Uint8Array> {
  const bytes = new Uint8Array(MAX_ANSWER_BYTES + 1);
  const length = await answer.read(bytes);
  if (length > MAX_ANSWER_BYTES) throw broken("the answer is too long");
  return bytes.subarray(0, length);
}

/**
 * What may be otherwise with another grant, which each try gets: a certificate was just renewed, or
 * a source that was started anew knows none of its links.
 */
const PASSING: readonly ErrorCode[] = ["unavailable", "exhausted", "denied", "unauthenticated"];

/** What the source says when it refuses. */
async function refusal(answer: HttpAnswer): Promise<OrbitError> {
  const bytes = await readShort(answer);
  const { code, message } = readOr(() => fromBinary(LinkRefusalSchema, bytes));
  const known = isErrorCode(code) ? code : "unavailable";
  const retryable = PASSING.includes(known);
  const text = message.slice(0, 512) || `the source answered with ${answer.status}`;
  return new OrbitError(known, text, { detail: { side: "source", retryable } });
}

function readOr<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw broken("the answer can't be read", cause);
  }
}
