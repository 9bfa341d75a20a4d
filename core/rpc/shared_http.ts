/** An HTTP server on connections that something else has accepted. */
import type { Server as HttpServer } from "node:http";

/**
 * An HTTP server that doesn't listen itself ends each connection after its first answer, and looks
 * for no connection that is too slow. Its own `close` ends the looking.
 */
export function pretendToListen(http: HttpServer): void {
  Object.defineProperty(http, "listening", { value: true, configurable: true });
  http.emit("listening");
}
