/** The doors of the REST surface: the TLS port's HTTP server, and the socket for this machine. */
import { getRequestListener } from "@hono/node-server";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { attempt } from "#core/deno_errors.ts";
import { OrbitError } from "#core/errors.ts";
import type { Api } from "./app.ts";
import type { Caller } from "./authenticate.ts";

/** How long requests may take to end when the socket is closed. */
const DRAIN_MS = 1000;

/** What an HTTP server hands requests to; they come from the address of their connection. */
export function networkDoor(api: Api): RequestListener {
  return door(api, ({ socket }) => ({
    via: "network",
    address: socket.remoteAddress ?? "unknown",
  }));
}

function door(api: Api, callerOf: (incoming: IncomingMessage) => Caller): RequestListener {
  return getRequestListener(
    (request, { incoming }) =>
      api.fetch(request, { caller: callerOf(incoming as IncomingMessage) }),
    // The program's own Request and Response stay as Deno has them.
    { overrideGlobalObjects: false },
  );
}

/**
 * Serves on a socket in the data folder (mode 0600, in a folder of mode 0700): whoever may open it
 * may read the databases beside it anyway, and is an admin. A socket that a dead process left is
 * replaced; the folder's lock says that no other process lives.
 *
 * @throws {OrbitError} as the system refuses it.
 */
export async function openAdminSocket(api: Api, path: string): Promise<AsyncDisposable> {
  attempt("remove socket", path, () => removeIfThere(path));
  const server = createServer(door(api, () => ({ via: "machine" })));
  await listen(server, path);
  attempt("protect socket", path, () => Deno.chmodSync(path, 0o600));
  return { [Symbol.asyncDispose]: () => close(server) };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      const message = `listen at ${JSON.stringify(path)}: ${error.message}`;
      reject(new OrbitError("unavailable", message, { cause: error }));
    };
    server.once("error", fail);
    server.listen(path, () => {
      server.off("error", fail);
      resolve();
    });
  });
}

/** Streams that are followed have no end of their own. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
