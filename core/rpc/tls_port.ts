/** The one TLS port of a program: gRPC with certificates, gRPC without, and HTTP, by what comes. */
import type { Server as HttpServer } from "node:http";
import { createServer as createTcpServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { Secret } from "#core/identity/secret.ts";
import { type Logger, silentLogger } from "#core/log/mod.ts";
import { Doorkeeper, type DoorkeeperLimits, type PortCounts } from "./doorkeeper.ts";
import { KEEPALIVE_MS } from "./limits.ts";
import { listen, type Port } from "./port.ts";
import { pretendToListen } from "./shared_http.ts";

/** What a server shows, and whom it believes. */
export interface ServerTls {
  /** PEM of the authority that clients' certificates must come from. */
  authorityPem: string;
  certificatePem: string;
  keyPem: string | Secret;
}

/** Where to listen, and who takes which connections. */
export interface TlsPortOptions {
  hostname: string;
  /** 0 for any free one. */
  port: number;
  tls: ServerTls;
  /** Takes HTTP/2 connections of clients with a certificate of the authority. */
  members: (socket: Socket) => void;
  /** Takes HTTP/2 connections of clients without a certificate; refused when left out. */
  strangers?: (socket: Socket) => void;
  /** Takes HTTP/1.1 connections, with a certificate of the authority or none; refused when left out. */
  http?: HttpServer;
  limits?: DoorkeeperLimits;
  log?: Logger;
}

/** An open TLS port. */
export interface TlsPort extends Port {
  /**
   * Shows another certificate to those who connect from now on; connections that stand are left
   * alone.
   *
   * @throws {OrbitError} `invalid` when it can't be used, `conflict` when the key is another
   * certificate's; the one before stays then.
   */
  replaceCertificate(tls: ServerTls): Promise<void>;
  readonly counts: Readonly<PortCounts>;
}

/**
 * Listens for TLS 1.3. A connection whose client shows a certificate that doesn't hold (foreign,
 * expired) is destroyed before anything is read from it, whatever it speaks.
 *
 * @throws {OrbitError} `conflict` when the port is taken or the key is another certificate's,
 * `invalid` for certificates or a key that can't be used.
 */
export async function openTlsPort(options: TlsPortOptions): Promise<TlsPort> {
  const { hostname, port, limits = {}, log = silentLogger } = options;
  const keeper = new Doorkeeper(limits, log);
  if (options.http) pretendToListen(options.http);
  const tls = createTlsServer({
    ...await context(options.tls),
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: options.http ? ["http/1.1", "h2"] : ["h2"],
  });
  tls.on("secureConnection", (socket) => receive(socket, keeper, options));
  tls.on("tlsClientError", (error, socket) => keeper.handshakeFailed(socket, error));
  const tcp = createTcpServer((socket) => {
    if (!keeper.admit(socket)) return;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEPALIVE_MS);
    tls.emit("connection", socket);
  });
  const opened = await listen(tcp, keeper.sockets, { hostname, port });
  const close = async () => {
    options.http?.close();
    await opened.close();
  };
  return {
    ...opened,
    close,
    [Symbol.asyncDispose]: close,
    replaceCertificate: async (next) => tls.setSecureContext(await context(next)),
    get counts() {
      return keeper.counts;
    },
  };
}

function receive(socket: TLSSocket, keeper: Doorkeeper, options: TlsPortOptions): void {
  const { members, strangers, http } = options;
  const shown = Object.keys(socket.getPeerCertificate() ?? {}).length > 0;
  if (shown && !socket.authorized) {
    return keeper.refuse(socket, "certificate", `${socket.authorizationError}`);
  }
  if (socket.getProtocol() !== "TLSv1.3") return keeper.refuse(socket, "handshake", "not TLS 1.3");
  if (socket.alpnProtocol !== "h2") {
    if (!http) return keeper.refuse(socket, "protocol", "speaks no HTTP/2");
    keeper.enter(socket, "http");
    http.emit("connection", socket);
  } else if (shown) {
    keeper.enter(socket, "member");
    members(socket);
  } else if (strangers) {
    keeper.enter(socket, "stranger");
    strangers(socket);
  } else {
    keeper.refuse(socket, "certificate", "shows no certificate");
  }
}

/** Options of TLS; Deno itself looks at them only when somebody connects. */
async function context({ authorityPem, certificatePem, keyPem }: ServerTls) {
  // Only those who listen need the certificate library, which takes ten megabytes.
  const { checkKeyPair, parseCertificate } = await import("#core/identity/mod.ts");
  parseCertificate(authorityPem);
  await checkKeyPair(certificatePem, keyPem);
  return {
    ca: authorityPem,
    // With the authority, so that who knows only its fingerprint can check the chain.
    cert: `${certificatePem.trimEnd()}\n${authorityPem}`,
    key: keyPem instanceof Secret ? keyPem.reveal() : keyPem,
    minVersion: "TLSv1.3" as const,
  };
}
