/** A port that is listened on. */
import type { AddressInfo, Server, Socket } from "node:net";
import { OrbitError, systemError } from "#core/errors.ts";

/** A port that is listened on until it's closed. */
export interface Port extends AsyncDisposable {
  readonly hostname: string;
  /** The real one when 0 was asked for. */
  readonly port: number;
  /** Stops listening and destroys the connections that are left. */
  close(): Promise<void>;
}

/** Listens with a server whose connections are kept in `sockets`. @throws conflict, denied, … */
export async function listen(
  server: Server,
  sockets: ReadonlySet<Socket>,
  { hostname, port }: { hostname: string; port: number },
): Promise<Port> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenFailed(`${hostname}:${port}`, error)));
    server.listen({ host: hostname, port }, () => resolve());
  });
  server.removeAllListeners("error").on("error", () => {
    // Accepting one connection failed, for want of files perhaps; the next one may do better.
  });
  const address = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const close = () =>
    closed ??= new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { hostname: address.address, port: address.port, close, [Symbol.asyncDispose]: close };
}

function listenFailed(place: string, error: Error & { code?: string }): OrbitError {
  const { code = "" } = error;
  if (code === "EADDRINUSE") {
    const message = `listen on ${place}: the port is taken; --listen names another`;
    return new OrbitError("conflict", message, { cause: error });
  }
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    return new OrbitError("invalid", `listen on ${place}: not an address of this machine`);
  }
  return systemError(code || "EIO", "listen on", place);
}
