/** A port without TLS, for this machine itself only. */
import type { Server as HttpServer } from "node:http";
import { createServer, type Socket } from "node:net";
import { OrbitError } from "#core/errors.ts";
import { isLoopback } from "./grpc_client.ts";
import { KEEPALIVE_MS } from "./limits.ts";
import { listen, type Port } from "./port.ts";
import { pretendToListen } from "./shared_http.ts";

const PREFACE = "PRI";
/** How long a connection may say nothing before it is known what it speaks. */
const SILENCE_MS = 10_000;

/** Where to listen, and who takes the connections. */
export interface PlainPortOptions {
  /** A loopback address, or `localhost`. */
  hostname: string;
  /** 0 for any free one. */
  port: number;
  /** Takes each connection, such as {@linkcode GrpcServer.inject}. */
  accept(socket: Socket): void;
  /** Takes connections that speak HTTP/1.1; without one they are `accept`'s, too. */
  http?: HttpServer;
  /** Connections at once; further ones are closed at once. 1,024 when left out. */
  maxConnections?: number;
}

/**
 * Listens on this machine's own address.
 *
 * @throws {OrbitError} `denied` for any other address, `conflict` when the port is taken.
 */
export async function openPlainPort(options: PlainPortOptions): Promise<Port> {
  const { hostname, port, accept, http, maxConnections = 1024 } = options;
  if (!isLoopback(hostname)) {
    const place = JSON.stringify(hostname);
    throw new OrbitError("denied", `listen on ${place}: without TLS only 127.0.0.1 or ::1 will do`);
  }
  if (http) pretendToListen(http);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    if (sockets.size >= maxConnections) return void socket.destroy();
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEPALIVE_MS);
    if (http) tellApart(socket, accept, http);
    else accept(socket);
  });
  const opened = await listen(server, sockets, { hostname, port });
  const close = async () => {
    http?.close();
    await opened.close();
  };
  return { ...opened, close, [Symbol.asyncDispose]: close };
}

/** By its first letters: HTTP/2 begins with a method that was made for telling it (RFC 9113). */
function tellApart(socket: Socket, accept: (socket: Socket) => void, http: HttpServer): void {
  const timer = setTimeout(() => socket.destroy(), SILENCE_MS);
  socket.once("close", () => clearTimeout(timer));
  socket.once("readable", () => {
    clearTimeout(timer);
    const first: Uint8Array | null = socket.read();
    if (first === null) return;
    socket.unshift(first);
    if (PREFACE.startsWith(new TextDecoder().decode(first.subarray(0, 3)))) accept(socket);
    else http.emit("connection", socket);
  });
}
