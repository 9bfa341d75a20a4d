/** Asking a Nucleus, over whatever carries a request to it. */
import { isErrorCode, OrbitError } from "#core/errors.ts";
import { abortable } from "#core/system/abortable.ts";
import { readLines } from "./lines.ts";

/** Carries a request to a Nucleus; the URL's host means nothing. */
export type Transport = (request: Request) => Promise<Response>;

/** No answer that isn't a stream is larger. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

const METHODS = ["GET", "POST", "DELETE"] as const;

/** How something is asked. */
export interface Ask {
  method?: typeof METHODS[number];
  /** Left out where undefined. */
  query?: Readonly<Record<string, string | number | undefined>>;
  body?: unknown;
  signal?: AbortSignal;
}

/** The REST surface of a Nucleus. */
export class GridApi {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Asks for JSON, at a path below `/api/v1`.
   *
   * @throws {OrbitError} what the Nucleus says; `unavailable` when it can't be reached, or what
   * answers isn't one.
   */
  async json<T>(path: string, ask: Ask = {}): Promise<T> {
    const response = await this.#send(path, ask);
    const text = await readBounded(response);
    return parseJson(text, response.status) as T;
  }

  /**
   * Asks for a stream of JSON lines.
   *
   * @throws {OrbitError} as {@linkcode GridApi.json}; `unavailable` (retryable) when the stream
   * breaks off within a line.
   */
  async *lines<T>(path: string, ask: Ask = {}): AsyncGenerator<T> {
    const { signal } = ask;
    const { body, status } = await this.#send(path, ask);
    if (body === null) return;
    // A request's own signal may be collected with the request, and ends nothing from then on.
    const stream = signal && body.pipeThrough(new TransformStream(), { signal });
    try {
      for await (const line of readLines(stream ?? body)) yield parseJson(line, status) as T;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }

  async #send(path: string, { method = "GET", query = {}, body, signal }: Ask): Promise<Response> {
    const url = new URL(`http://nucleus/api/v1${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, `${value}`);
    }
    const request = new Request(url, {
      method,
      signal,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const response = await abortable(signal, this.#transport(request));
    if (response.ok) return response;
    throw toError(parseJson(await readBounded(response), response.status), response.status);
  }
}

/** A name or an id as a part of a path. */
export function segment(text: string): string {
  // A browser's URL would take these for steps up the path.
  if (text === "" || text === "." || text === "..") {
    throw new OrbitError("invalid", `${JSON.stringify(text)} is neither a name nor an id`);
  }
  return encodeURIComponent(text.toWellFormed());
}

async function readBounded(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > MAX_ANSWER_BYTES) {
      throw notANucleus(`an answer of more than ${MAX_ANSWER_BYTES} bytes`);
    }
    parts.push(part);
  }
  return await new Blob(parts as Uint8Array<ArrayBuffer>[]).text();
}

function parseJson(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notANucleus(`HTTP status ${status}, and no JSON`);
  }
}

function toError(answer: unknown, status: number): OrbitError {
  const { error } = (answer ?? {}) as { error?: Partial<Record<string, unknown>> };
  const { code, message, detail } = error ?? {};
  if (!isErrorCode(code) || typeof message !== "string") {
    return notANucleus(`HTTP status ${status}, and no reason`);
  }
  const isDetail = typeof detail === "object" && detail !== null;
  return new OrbitError(code, message.slice(0, 4096), {
    detail: isDetail ? detail : {},
  });
}

function notANucleus(what: string): OrbitError {
  return new OrbitError("unavailable", `ask Nucleus: what answers there isn't one: ${what}`);
}
