/** Whether the server that answers is the one meant: its certificate, its name, and what else. */
import { ChannelCredentials } from "@grpc/grpc-js";
import { checkServerIdentity, createSecureContext, type PeerCertificate } from "node:tls";
import { OrbitError, toOrbitError } from "#core/errors.ts";

/** How a client meets a server in TLS 1.3. */
export interface ClientTls {
  /** PEM of the only authority that is trusted. */
  authorityPem: string;
  /** PEM of the client's own certificate, with its key. */
  certificatePem?: string;
  keyPem?: string;
  /** The name that the server's certificate must have; the address's host when left out. */
  serverName?: string;
  /** Looks at the server's certificate (DER) before anything is sent; throws to refuse it. */
  checkServer?: (certificate: Uint8Array) => void;
}

/** Credentials of a channel, which remember why they refused a server. */
export class ServerCheck {
  readonly credentials: ChannelCredentials;
  readonly #address: string;
  readonly #check: ((certificate: Uint8Array) => void) | undefined;
  #refusal: OrbitError | undefined;

  /** @throws invalid */
  constructor(address: string, tls: ClientTls) {
    this.#address = address;
    this.#check = tls.checkServer;
    try {
      const context = createSecureContext({
        ca: tls.authorityPem,
        cert: tls.certificatePem,
        key: tls.keyPem,
        minVersion: "TLSv1.3",
      });
      this.credentials = ChannelCredentials.createFromSecureContext(context, {
        checkServerIdentity: (host, certificate) => this.#look(host, certificate),
      });
    } catch (cause) {
      const message = `connect ${address}: the certificates or the key can't be used`;
      throw new OrbitError("invalid", message, { cause });
    }
  }

  /** Why the server that was met last isn't the one meant; undefined when it is. */
  get refusal(): OrbitError | undefined {
    return this.#refusal;
  }

  #look(host: string, certificate: PeerCertificate): Error | undefined {
    this.#refusal = undefined;
    const misnamed = checkServerIdentity(host, certificate);
    if (misnamed) {
      return this.#refuse(`its certificate is not for ${JSON.stringify(host)}`, misnamed);
    }
    try {
      this.#check?.(certificate.raw);
    } catch (error) {
      return this.#refuse(toOrbitError(error).message, error);
    }
  }

  #refuse(why: string, cause: unknown): OrbitError {
    this.#refusal = new OrbitError("denied", `connect ${this.#address}: ${why}`, { cause });
    return this.#refusal;
  }
}
