/**
 * As much of HTTP/1.1 (RFC 9112) as a Direct Link needs of a client: one request after another over
 * a connection that stays, and bodies read straight into the caller's buffers.
 */
import { OrbitError } from "#core/errors.ts";
import type { LinkConnection } from "./connection.ts";

const MAX_HEAD_BYTES = 8192;
const MAX_CHUNK_LINE_BYTES = 64;
const BUFFER_BYTES = 16 * 1024;

/** What is asked. */
export interface HttpRequest {
  host: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
}

/** What is answered. */
export interface HttpAnswer {
  readonly status: number;
  /** Bytes of the body that came so far. */
  readonly received: number;
  /** A header's value. */
  header(name: string): string | undefined;
  /** Reads of the body, as many bytes as fit unless it ends before. 0 at its end. */
  read(into: Uint8Array<ArrayBuffer>): Promise<number>;
}

/** A connection on which one asks and the other answers. One request at a time. */
export class HttpConnection {
  readonly #connection: LinkConnection;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #start = 0;
  #end = 0;
  #isClosed = false;
  /** Whether an answer has begun, and whether the last one is over. */
  #isHeard = false;
  #isOver = true;
  #closesAfter = false;
  #received = 0;
  /** Bytes of the body, or of its chunk, that are to come. */
  #left = 0;
  #isChunked = false;
  #isFirstChunk = true;

  constructor(connection: LinkConnection) {
    this.#connection = connection;
  }

  /** Whether another request may be sent. */
  get isFree(): boolean {
    return this.#isOver && !this.#isClosed && this.#start === this.#end;
  }

  /** Whether anything came in answer to the last request. */
  get isHeard(): boolean {
    return this.#isHeard;
  }

  /** Sends a request, and returns its answer when that begins. */
  async ask({ host, path, headers, body }: HttpRequest): Promise<HttpAnswer> {
    [this.#isHeard, this.#isOver, this.#received] = [false, false, 0];
    const lines = Object.entries({ host, ...headers, "content-length": `${body.length}` })
      .map(([name, value]) => `${name}: ${value}\r\n`);
    const head = new TextEncoder().encode(`POST ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
    const whole = new Uint8Array(head.length + body.length);
    whole.set(head);
    whole.set(body, head.length);
    await this.#connection.write(whole);
    const { status, headers: told } = await this.#readHead();
    const received = () => this.#received;
    return {
      status,
      get received() {
        return received();
      },
      header: (name) => told.get(name) ?? undefined,
      read: (into) => this.#readBody(into),
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#connection.close();
  }

  async #readHead(): Promise<{ status: number; headers: Headers }> {
    const [first, ...rest] = (await this.#readUntil("\r\n\r\n", MAX_HEAD_BYTES)).split("\r\n");
    const status = /^HTTP\/1\.1 ([2-5]\d\d)( |$)/.exec(first)?.[1];
    if (status === undefined) throw broken("the answer isn't HTTP");
    const headers = new Headers();
    for (const line of rest) {
      const [, name, value] = /^([^\s:]+):[ \t]*(.*?)[ \t]*$/.exec(line) ??
        fail("the answer isn't HTTP");
      headers.append(name, value);
    }
    this.#closesAfter = headers.get("connection")?.toLowerCase() === "close";
    this.#isFirstChunk = true;
    this.#isChunked = headers.get("transfer-encoding")?.toLowerCase() === "chunked";
    this.#left = this.#isChunked ? 0 : lengthOf(headers);
    if (!this.#isChunked && this.#left === 0) this.#over();
    return { status: Number(status), headers };
  }

  async #readBody(into: Uint8Array<ArrayBuffer>): Promise<number> {
    let count = 0;
    while (count < into.length && !this.#isOver) {
      if (this.#left === 0) {
        await this.#nextChunk();
        continue;
      }
      count += await this.#readPiece(into.subarray(count, count + this.#left));
      if (this.#left === 0 && !this.#isChunked) this.#over();
    }
    return count;
  }

  /** What is at hand, or else what comes next: into the caller's memory when there is much room. */
  async #readPiece(into: Uint8Array<ArrayBuffer>): Promise<number> {
    if (this.#start === this.#end && into.length < this.#buffer.length) await this.#fill();
    const ready = Math.min(this.#end - this.#start, into.length);
    if (ready > 0) into.set(this.#buffer.subarray(this.#start, this.#start + ready));
    this.#start += ready;
    const count = ready > 0 ? ready : await this.#connection.read(into);
    if (count === null) throw broken("it was cut off");
    this.#left -= count;
    this.#received += count;
    return count;
  }

  async #nextChunk(): Promise<void> {
    if (!this.#isFirstChunk && await this.#readUntil("\r\n", 2) !== "") {
      throw broken("the answer isn't HTTP");
    }
    this.#isFirstChunk = false;
    const line = await this.#readUntil("\r\n", MAX_CHUNK_LINE_BYTES);
    if (!/^[0-9a-f]{1,8}$/i.test(line)) throw broken("the answer isn't HTTP");
    this.#left = parseInt(line, 16);
    if (this.#left > 0) return;
    if (await this.#readUntil("\r\n", 2) !== "") throw broken("the answer has more than it told");
    this.#over();
  }

  /** Text up to a mark, without it; the mark's end is within so many bytes. */
  async #readUntil(mark: string, most: number): Promise<string> {
    for (;;) {
      const text = latin1.decode(this.#buffer.subarray(this.#start, this.#end).subarray(0, most));
      const at = text.indexOf(mark);
      if (at >= 0) {
        this.#start += at + mark.length;
        return text.slice(0, at);
      }
      if (text.length >= most) throw broken("the answer isn't HTTP");
      await this.#fill();
    }
  }

  /** Reads on behind what is at hand. */
  async #fill(): Promise<void> {
    this.#buffer.copyWithin(0, this.#start, this.#end);
    [this.#start, this.#end] = [0, this.#end - this.#start];
    const count = await this.#connection.read(this.#buffer.subarray(this.#end));
    if (count === null) throw broken("it was cut off");
    this.#isHeard = true;
    this.#end += count;
  }

  #over(): void {
    this.#isOver = true;
    if (this.#closesAfter) this.close();
  }
}

const latin1 = new TextDecoder("latin1");

function lengthOf(headers: Headers): number {
  const text = headers.get("content-length") ?? fail("the answer has no length");
  return /^\d{1,15}$/.test(text) ? Number(text) : fail("the answer isn't HTTP");
}

function fail(why: string): never {
  throw broken(why);
}

/** The error for a source that broke off, or isn't one. */
export function broken(why: string, cause?: unknown): OrbitError {
  return new OrbitError("unavailable", `link: ${why}`, {
    cause,
    detail: { retryable: true, side: "source" },
  });
}
