/** The Star's own port, for Nuclei that can reach it. */
import type { Server } from "node:http";
import { systemClock } from "#core/clock.ts";
import type { ListenAddress } from "#core/config/addresses.ts";
import { OrbitError } from "#core/errors.ts";
import type { Logger } from "#core/log/mod.ts";
import { createGrpcServer, openTlsPort, type Served } from "#core/rpc/mod.ts";
import type { CheckedCredentials, Credentials } from "../credentials.ts";

/** An open port. */
export interface StarPort extends AsyncDisposable {
  readonly hostname: string;
  readonly port: number;
  /** Shows another certificate to those who connect from now on. */
  replaceCertificate(credentials: Credentials): Promise<void>;
}

/**
 * Opens the port: TLS 1.3, for clients with a certificate of the authority and nobody else.
 *
 * @throws {OrbitError} `conflict` when the port is taken, `invalid` for an address that isn't this
 * machine's.
 */
export async function openStarPort(
  { host, port }: ListenAddress,
  served: Served,
  { credentials, log, http }: { credentials: CheckedCredentials; log: Logger; http?: Server },
): Promise<StarPort> {
  const server = createGrpcServer([served], {
    log,
  });
  const open = (hostname: string) =>
    openTlsPort({
      hostname,
      port,
      tls: credentials,
      members: (socket) => server.inject(socket),
      http,
      log,
    });
  const opened = await (host === "" ? openEverywhere(open) : open(host));
  return {
    hostname: opened.hostname,
    port: opened.port,
    replaceCertificate: (next) => opened.replaceCertificate(next),
    async [Symbol.asyncDispose]() {
      server.close();
      await opened.close();
    },
  };
}

/** Every interface; some machines know no IPv6. */
async function openEverywhere<T>(open: (hostname: string) => Promise<T>): Promise<T> {
  try {
    return await open("::");
  } catch (error) {
    if (error instanceof OrbitError && error.code === "conflict") throw error;
    return await open("0.0.0.0");
  }
}

/** Refuses whoever isn't the Nucleus. Loads the certificate library. */
export async function nucleusCheck(): Promise<
  (context: { peerCertificate?: Uint8Array }) => void
> {
  const { readPeer, requireNucleus } = await import("#core/identity/mod.ts");
  return ({ peerCertificate }) => void requireNucleus(readPeer(peerCertificate, systemClock));
}
