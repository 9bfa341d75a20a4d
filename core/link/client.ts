/** The taking end of Direct Links. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { formatAddress, type PeerAddress } from "#core/config/addresses.ts";
import { isErrorCode, OrbitError } from "#core/errors.ts";
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

/** How long a source may take to begin an answer. */
const ANSWER_MS = 30_000;
const MAX_REFUSAL_BYTES = 16 * 1024;

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
  { signal }: CallOptions = {},
): Promise<LinkSource> {
  const link = new Link(target, files, pool);
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
  #id = "";

  constructor(target: LinkTarget, files: LinkFiles, pool: LinkPool) {
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
    const response = await this.#post("open", toBinary(OpenLinkRequestSchema, request), signal);
    const answer = new Uint8Array(await response.arrayBuffer());
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
    const response = await this.#post("pack", body, signal);
    const parcels = new ParcelStream(response.body!);
    try {
      for (;;) {
        const parcel = await parcels.next();
        if (parcel === undefined) return;
        yield parcel;
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw error instanceof OrbitError ? error : broken((error as Error).message, error);
    } finally {
      parcels.cancel();
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

  async #post(
    what: "open" | "pack",
    body: Uint8Array<ArrayBuffer>,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const { serverName, address } = this.#target;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(broken("no answer came")), ANSWER_MS);
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
      if (response.status === 200) return response;
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

  [Symbol.asyncDispose](): Promise<void> {
    this.#release();
    return Promise.resolve();
  }
}

/** Cuts an answer into parcels, each read into a buffer of its own. */
class ParcelStream {
  readonly #reader: ReadableStreamBYOBReader;
  #head = new Uint8Array(4);

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader({ mode: "byob" });
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
      const { value, done } = await this.#reader.read(rest);
      if (done) {
        if (at === 0) return undefined;
        throw broken("it was cut off");
      }
      memory = value.buffer as ArrayBuffer;
      at += value.length;
    }
    return new Uint8Array(memory);
  }

  cancel(): void {
    this.#reader.cancel().catch(() => {});
  }
}

function keyOf(base: string, path: string): string {
  return `${base}\0${path}`;
}

/** What the source says when it refuses. */
async function refusal(response: Response): Promise<OrbitError> {
  const bytes = new Uint8Array(await response.arrayBuffer().catch(() => new ArrayBuffer(0)));
  const { code, message } = bytes.length > MAX_REFUSAL_BYTES
    ? { code: "", message: "" }
    : readOr(() => fromBinary(LinkRefusalSchema, bytes));
  const known = isErrorCode(code) ? code : "unavailable";
  const retryable = known === "unavailable" || known === "exhausted";
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
