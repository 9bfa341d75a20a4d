/** Requests to a Nucleus by HTTPS, which only the Nucleus of one authority gets to see. */
import type { IncomingMessage } from "node:http";
import { Agent, request as ask, type RequestOptions } from "node:https";
import { Readable } from "node:stream";
import type { PeerCertificate } from "node:tls";
import type { Clock } from "#core/clock.ts";
import { formatAddress, type PeerAddress } from "#core/config/mod.ts";
import { OrbitError } from "#core/errors.ts";
import type { Transport } from "#core/grid_api/mod.ts";
import { checkChain, NUCLEUS_SERVER_NAME, type Secret } from "#core/identity/mod.ts";

/** Which Nucleus, and what is shown to it. */
export interface HttpsTarget {
  address: PeerAddress;
  /** PEM of the only authority that is trusted. */
  authorityPem: string;
  token: Secret;
}

/** How long a Nucleus may take to begin an answer. */
const ANSWER_MS = 60_000;

/** Carries requests to a Nucleus; connections are kept until it is disposed of. */
export class HttpsNucleus implements Disposable {
  readonly #target: HttpsTarget;
  readonly #clock: Clock;
  readonly #agent: Agent;
  /** Why the server that was met last isn't the one meant. */
  #refusal: OrbitError | undefined;

  constructor(target: HttpsTarget, clock: Clock) {
    this.#target = target;
    this.#clock = clock;
    this.#agent = new Agent({
      keepAlive: true,
      ca: target.authorityPem,
      minVersion: "TLSv1.3",
      // Whatever it is reached by: its certificate has this name, and no public one can.
      servername: NUCLEUS_SERVER_NAME,
      // Before anything is sent.
      checkServerIdentity: (_: string, certificate: PeerCertificate) => this.#look(certificate),
    });
  }

  /** @throws {OrbitError} `unavailable`; `denied` when another answers there. */
  readonly send: Transport = async (request) => {
    const { signal } = request;
    signal.throwIfAborted();
    this.#refusal = undefined;
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
    try {
      const message = await this.#ask(request, body);
      return new Response(toBody(request, message), {
        status: message.statusCode,
        headers: toHeaders(message),
      });
    } catch (error) {
      signal.throwIfAborted();
      if (this.#refusal !== undefined) throw this.#refusal;
      throw this.#unavailable(error);
    }
  };

  #ask(request: Request, body: Uint8Array | undefined): Promise<IncomingMessage> {
    const { address, token } = this.#target;
    const { pathname, search } = new URL(request.url);
    const options: RequestOptions = {
      agent: this.#agent,
      host: address.host,
      port: address.port,
      path: pathname + search,
      method: request.method,
      headers: {
        ...Object.fromEntries(request.headers),
        host: formatAddress(address),
        authorization: `Bearer ${token.reveal().trim()}`,
        ...body === undefined ? {} : { "content-length": `${body.length}` },
      },
      signal: request.signal,
    };
    return new Promise((resolve, reject) => {
      const sent = ask(options, (message) => {
        clearTimeout(timer);
        resolve(message);
      });
      const timer = setTimeout(() => sent.destroy(new Error("no answer")), ANSWER_MS);
      sent.on("error", (error) => {
        clearTimeout(timer);
        reject(error);
      });
      sent.end(body);
    });
  }

  #look({ raw }: PeerCertificate): Error | undefined {
    try {
      const { role } = checkChain(toPem(raw), this.#target.authorityPem, this.#clock);
      if (role === "nucleus") return undefined;
      throw new OrbitError("denied", "it is not a Nucleus");
    } catch (error) {
      const why = error instanceof Error ? error.message : `${error}`;
      this.#refusal = new OrbitError("denied", `reach ${this.#shown}: ${why}`, { cause: error });
      return this.#refusal;
    }
  }

  #unavailable(error: unknown): OrbitError {
    const why = error instanceof Error ? error.message : `${error}`;
    // What TLS itself says of a chain that another authority signed.
    const isForeign = /certificate|self-signed|issuer/i.test(why);
    if (isForeign) {
      const message = `reach ${this.#shown}: another authority answers there, or somebody between`;
      return new OrbitError("denied", `${message} (${why})`, { cause: error });
    }
    return new OrbitError("unavailable", `reach ${this.#shown}: ${why}`, {
      cause: error,
      detail: { retryable: true },
    });
  }

  get #shown(): string {
    return `Nucleus at ${formatAddress(this.#target.address)}`;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

function toBody({ method }: Request, message: IncomingMessage): BodyInit | null {
  const isEmpty = method === "HEAD" || message.statusCode === 204;
  return isEmpty ? null : Readable.toWeb(message) as unknown as ReadableStream<Uint8Array>;
}

function toHeaders({ headers }: IncomingMessage): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as [string, string]] : []
  );
}

function toPem(der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
