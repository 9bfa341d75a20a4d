/** How much HTTP/2 may have under way: its default of 64 KiB halves what a connection carries. */
import type { Server } from "@grpc/grpc-js";
import type { Http2Server } from "node:http2";

/** Bytes that may be under way to one side of a connection, in all its calls. */
export const HTTP2_WINDOW_BYTES = 1024 * 1024;

interface Inside {
  commonServerOptions: { settings?: Record<string, number> };
  http2Servers: Map<Http2Server, unknown>;
}

/**
 * Widens the windows of a server's connections. grpc-js has an option for that in its client only,
 * so this reaches into its server; a test says when that works no more.
 *
 * @returns To be called once the server has its injector.
 */
export function widenWindows(server: Server): () => void {
  const { commonServerOptions, http2Servers } = server as unknown as Inside;
  commonServerOptions.settings = {
    ...commonServerOptions.settings,
    initialWindowSize: HTTP2_WINDOW_BYTES,
  };
  return () => {
    for (const http2 of http2Servers.keys()) {
      http2.on("session", (session) => session.setLocalWindowSize(HTTP2_WINDOW_BYTES));
    }
  };
}
