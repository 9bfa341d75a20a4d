/** Whether the server that answers is the one meant: its certificate, its name, and what else. */
import { ChannelCredentials } from "@grpc/grpc-js";
import { isIP } from "node:net";
import { checkServerIdentity, createSecureContext, type PeerCertificate } from "node:tls";
import { OrbitError, toOrbitError } from "#core/errors.ts";
import { Secret } from "#core/identity/secret.ts";

/** How a client meets a server in TLS 1.3. */
export interface ClientTls {
  /** PEM of the only authority that is trusted. */
  authorityPem: string;
  /** PEM of the client's own certificate, with its key. */
  certificatePem?: string;
  keyPem?: string | Secret;
  /** The name that the server's certificate must have; the address's host when left out. */
  serverName?: string;
  /** Looks at the server's certificate (DER) before anything is sent; throws to refuse it. */
  checkServer?: (certificate: Uint8Array) => void;
}

/** Credentials of a channel, which remember why they refused a server. */
export class ServerCheck {
  readonly credentials: ChannelCredentials;
  /** What the channel's options need besides. */
  readonly options: { "grpc.ssl_target_name_override"?: string };
  readonly #address: string;
  readonly #name: string;
  readonly #check: ((certificate: Uint8Array) => void) | undefined;
  #refusal: OrbitError | undefined;

  /** @throws invalid */
  constructor(address: string, host: string, tls: ClientTls) {
    this.#address = address;
    this.#name = tls.serverName ?? host;
    // TLS itself can ask for a server by its name only, never by an address.
    this.options = isIP(this.#name) === 0 && tls.serverName === undefined
      ? {}
      : { "grpc.ssl_target_name_override": isIP(this.#name) === 0 ? this.#name : "ip.invalid" };
    this.#check = tls.checkServer;
    try {
      const context = createSecureContext({
        ca: tls.authorityPem,
        cert: tls.certificatePem,
        key: tls.keyPem instanceof Secret ? tls.keyPem.reveal() : tls.keyPem,
        minVersion: "TLSv1.3",
      });
      this.credentials = ChannelCredentials.createFromSecureContext(context, {
        checkServerIdentity: (_, certificate) => this.#look(certificate),
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

  /** Throws nothing, whatever the certificate is like: nobody could catch it. */
  #look(certificate: PeerCertificate): Error | undefined {
    this.#refusal = undefined;
    try {
      const misnamed = checkServerIdentity(this.#name, certificate);
      if (misnamed) return this.#refuse(`its certificate isn't for ${this.#name}`, misnamed);
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
