/** The taking end of Direct Links. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { formatAddress, type PeerAddress } from "#core/config/addresses.ts";
import { type ErrorCode, isErrorCode, OrbitError } from "#core/errors.ts";
import { PARCEL_BYTES } from "#core/system/parcel/format.ts";
import type { PackItem, PackRequest, PackSource } from "#core/system/parcel/request.ts";
import type { CallOptions } from "#core/system/system.ts";
import {
  LinkItemsSchema,
  LinkRefusalSchema,
  OpenLinkRequestSchema,
  OpenLinkResponseSchema,
  PackRangesRequestSchema,
} from "#proto/gen/orbit/v1/link_pb.ts";
import { encodeItems, type LinkFiles } from "./items.ts";
import type { LinkPool, LinkWay } from "./pool.ts";

/** How long a source may be silent. */
export interface LinkTimeouts {
  /** Until it begins an answer, or, when that is a short one, until it is there. */
  answerMs: number;
  /** Between two pieces of content that are waited for. */
  silenceMs: number;
}

const TIMEOUTS: LinkTimeouts = { answerMs: 30_000, silenceMs: 60_000 };

/** The longest answer that isn't content. */
const MAX_ANSWER_BYTES = 16 * 1024;

/** Whose files, and how they are reached. */
export interface LinkTarget {
  address: PeerAddress;
  /** The DNS name that the source's certificate must have; see `starServerName`. */
  serverName: string;
  /** What the Nucleus signed. */
  grant: string;
}

/** An open link: content of the files that its grant names. */
export interface LinkSource extends PackSource, AsyncDisposable {}

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
  readonly #target: LinkTarget;
  readonly #files: LinkFiles;
  /** The number of each file, by base and path. */
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #way: LinkWay;
  readonly #release: () => void;
  readonly #timeouts: LinkTimeouts;
  #id = "";

  constructor(target: LinkTarget, files: LinkFiles, pool: LinkPool, timeouts: LinkTimeouts) {
    this.#timeouts = timeouts;
    this.#target = target;
    this.#files = files;
    this.name = `Star at ${formatAddress(target.address)}`;
    this.#numbers = new Map(
      files.items.map(({ source, path }, number) => [keyOf(files.sources[source], path), number]),
    );
    const { way, release } = pool.take(target.address);
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
    const answer = await this.#post("open", body, signal, readShort);
    const { linkId } = readOr(() => fromBinary(OpenLinkResponseSchema, answer));
    if (!/^[0-9a-f]{64}$/.test(linkId)) throw broken("the answer is none");
    this.#id = linkId;
  }

  async *pack(
    { sources, items, followLinks }: PackRequest,
    { signal }: CallOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    if (followLinks !== this.#files.followLinks) {
      throw new OrbitError("invalid", "pack: the link follows links otherwise");
    }
    const ranges = items.map((item) => this.#range(sources, item));
    const request = create(PackRangesRequestSchema, { ranges });
    const body = toBinary(PackRangesRequestSchema, request);
    const mute = new AbortController();
    const either = signal === undefined ? mute.signal : AbortSignal.any([signal, mute.signal]);
    const { silenceMs } = this.#timeouts;
    const content = await this.#post("pack", body, either, ({ body }) => Promise.resolve(body!));
    const onSilence = () => mute.abort(broken(`nothing came for ${silenceMs / 1000} s`));
    using parcels = new ParcelStream(content, { silenceMs, onSilence });
    try {
      for (;;) {
        const parcel = await parcels.next();
        if (parcel === undefined) return;
        yield parcel;
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw error instanceof OrbitError ? error : broken((error as Error).message, error);
    }
  }

  #range(sources: readonly string[], { source, path, offset = 0, length }: PackItem) {
    const item = this.#numbers.get(keyOf(sources[source], path));
    if (item === undefined) {
      throw new OrbitError("invalid", `pack ${JSON.stringify(path)}: the link is for other files`);
    }
    return {
      item,
      offset: BigInt(offset),
      length: length === undefined ? undefined : BigInt(length),
    };
  }

  /** @param take Takes the answer; what it doesn't wait for isn't bound by time. */
  async #post<T>(
    what: "open" | "pack" | "close",
    body: Uint8Array<ArrayBuffer>,
    signal: AbortSignal | undefined,
    take: (response: Response) => Promise<T>,
  ): Promise<T> {
    const { serverName, address } = this.#target;
    const late = new AbortController();
    // Whether a link was ended is no news to wait long for.
    const ms = this.#timeouts.answerMs / (what === "close" ? 10 : 1);
    const timer = setTimeout(() => late.abort(broken("no answer came")), ms);
    const either = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
    try {
      const response = await fetch(`https://${serverName}/link/v1/${what}`, {
        method: "POST",
        headers: { "content-type": "application/x-protobuf", "x-orbit-link": this.#id },
        redirect: "error",
        client: this.#way.client,
        signal: either,
        body,
      });
      if (response.status === 200) return await take(response);
      throw await refusal(response);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof OrbitError) throw error;
      const why = this.#way.trouble ?? causeOf(error);
      throw new OrbitError("unavailable", `link to ${formatAddress(address)}: ${why}`, {
        cause: error,
        detail: { retryable: true, side: "source" },
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Tells the source that the link is over; one that doesn't hear it ends it by itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.#id !== "") await this.#post("close", new Uint8Array(), undefined, readShort);
    } catch {
      // Whatever went wrong, nothing more is wanted of it.
    } finally {
      this.#release();
    }
  }
}

/** How often within the time of a silence is looked whether there is one. */
const LOOKS = 4;

/** Cuts an answer into parcels, each read into a buffer of its own. */
class ParcelStream implements Disposable {
  readonly #reader: ReadableStreamBYOBReader;
  /** One for the whole stream: a timer for each read would cost more than the read. */
  readonly #watch: ReturnType<typeof setInterval>;
  #head = new Uint8Array(4);
  #isWaiting = false;
  /** Looks at it since it was last heard or began to be waited for. */
  #looks = 0;

  constructor(
    body: ReadableStream<Uint8Array>,
    { silenceMs, onSilence }: { silenceMs: number; onSilence: () => void },
  ) {
    this.#reader = body.getReader({ mode: "byob" });
    this.#watch = setInterval(() => {
      // One who reads slowly isn't kept waiting by the source.
      if (this.#isWaiting && ++this.#looks > LOOKS) onSilence();
    }, silenceMs / LOOKS);
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const head = await this.#fill(this.#head);
    if (head === undefined) return undefined;
    this.#head = head;
    const length = new DataView(head.buffer).getUint32(0, true);
    if (length === 0 || length > PARCEL_BYTES) throw broken("a parcel has a length that none has");
    const parcel = await this.#fill(new Uint8Array(length));
    if (parcel === undefined) throw broken("it was cut off");
    return parcel;
  }

  /** Reads until the buffer is full; undefined at an end before its first byte. */
  async #fill(buffer: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | undefined> {
    let memory = buffer.buffer;
    for (let at = 0; at < memory.byteLength;) {
      const rest = new Uint8Array(memory, at);
      [this.#isWaiting, this.#looks] = [true, 0];
      const { value, done } = await this.#reader.read(rest);
      this.#isWaiting = false;
      if (done) {
        if (at === 0) return undefined;
        throw broken("it was cut off");
      }
      memory = value.buffer as ArrayBuffer;
      at += value.length;
    }
    return new Uint8Array(memory);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#watch);
    this.#reader.cancel().catch(() => {});
  }
}

function keyOf(base: string, path: string): string {
  return `${base}\0${path}`;
}

/** An answer that isn't content, whole. */
async function readShort({ body }: Response): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(MAX_ANSWER_BYTES);
  let length = 0;
  for await (const piece of body ?? []) {
    if (length + piece.length > bytes.length) throw broken("the answer is too long");
    bytes.set(piece, length);
    length += piece.length;
  }
  return bytes.slice(0, length);
}

/**
 * What may be otherwise with another grant, which each try gets: a certificate was just renewed, or
 * a source that was started anew knows none of its links.
 */
const PASSING: readonly ErrorCode[] = ["unavailable", "exhausted", "denied", "unauthenticated"];

/** What the source says when it refuses. */
async function refusal(response: Response): Promise<OrbitError> {
  const bytes = await readShort(response);
  const { code, message } = readOr(() => fromBinary(LinkRefusalSchema, bytes));
  const known = isErrorCode(code) ? code : "unavailable";
  const retryable = PASSING.includes(known);
  const text = message.slice(0, 512) || `the source answered with ${response.status}`;
  return new OrbitError(known, text, { detail: { side: "source", retryable } });
}

function readOr<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw broken("the answer can't be read", cause);
  }
}

function broken(why: string, cause?: unknown): OrbitError {
  return new OrbitError("unavailable", `link: ${why}`, {
    cause,
    detail: { retryable: true, side: "source" },
  });
}

/** The innermost reason of a failed fetch, which says nothing itself. */
function causeOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error ? causeOf(cause) : message;
}
