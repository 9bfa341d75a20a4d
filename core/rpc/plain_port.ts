/** A port without TLS, for this machine itself only. */
import { createServer, type Socket } from "node:net";
import { OrbitError } from "#core/errors.ts";
import { isLoopback } from "./grpc_client.ts";
import { KEEPALIVE_MS } from "./limits.ts";
import { listen, type Port } from "./port.ts";

/** Where to listen, and who takes the connections. */
export interface PlainPortOptions {
  /** A loopback address, or `localhost`. */
  hostname: string;
  /** 0 for any free one. */
  port: number;
  /** Takes each connection, such as {@linkcode GrpcServer.inject}. */
  accept(socket: Socket): void;
  /** Connections at once; further ones are closed at once. 1,024 when left out. */
  maxConnections?: number;
}

/**
 * Listens on this machine's own address.
 *
 * @throws {OrbitError} `denied` for any other address, `conflict` when the port is taken.
 */
export async function openPlainPort(options: PlainPortOptions): Promise<Port> {
  const { hostname, port, accept, maxConnections = 1024 } = options;
  if (!isLoopback(hostname)) {
    const place = JSON.stringify(hostname);
    throw new OrbitError("denied", `listen on ${place}: without TLS only 127.0.0.1 or ::1 will do`);
  }
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    if (sockets.size >= maxConnections) return void socket.destroy();
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEPALIVE_MS);
    accept(socket);
  });
  return await listen(server, sockets, { hostname, port });
}
