/** The Nucleus's REST surface, as any program may use it: HTTPS, a pinned authority, a token. */
import { DemoError, waitFor } from "./trouble.ts";

/** A Star, as far as the demo tells of it. */
export interface StarShape {
  id: string;
  name: string;
  grantedRoots: string[];
  walls?: { app: string; runtime: boolean; kernel: string };
  certificate?: { notAfterMs: number };
}

/** How many items, and how many bytes. */
export interface Tally {
  items: number;
  bytes: number;
}

/** A job, as far as the demo tells of it. */
export interface JobShape {
  id: string;
  state: string;
  error?: { message: string };
  startedAtMs?: number;
  finishedAtMs?: number;
  progress?: { entries: number; bytes: number; written: number };
  steps?: { name: string; counts: Record<string, Tally> }[];
}

/** Asks a Nucleus. */
export class NucleusApi implements Disposable {
  readonly base: string;
  readonly #client: Deno.HttpClient;
  readonly #token: string;
  readonly #signal: AbortSignal;

  constructor(
    { port, authorityPem, token, signal }: {
      port: number;
      authorityPem: string;
      token: string;
      signal: AbortSignal;
    },
  ) {
    this.base = `https://127.0.0.1:${port}/api/v1`;
    this.#client = Deno.createHttpClient({ caCerts: [authorityPem], http2: false });
    this.#token = token;
    this.#signal = signal;
  }

  /** Asks for JSON; with a body by POST. @throws {DemoError} when the Nucleus refuses. */
  async ask<T>(path: string, body?: unknown): Promise<T> {
    const asking = fetch(this.base + path, {
      client: this.#client,
      method: body === undefined ? "GET" : "POST",
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...body === undefined ? {} : { "content-type": "application/json" },
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: this.#signal,
    }).catch((error) => {
      this.#signal.throwIfAborted();
      throw new DemoError(`ask the Nucleus for ${path}: ${error.cause ?? error.message}`);
    });
    const response = await waitFor(`an answer to ${path}`, asking, this.#signal);
    const answer = await response.json();
    if (response.ok) return answer as T;
    throw new DemoError(`${path}: HTTP status ${response.status}: ${answer.error?.message}`);
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}
