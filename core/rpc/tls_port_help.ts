/** A TLS port with servers behind it, for tests. */
import { ok } from "node:assert/strict";
import { createServer as createHttpServer } from "node:http";
import { type Socket } from "node:net";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { bytes } from "./conformance_help.ts";
import type { DoorkeeperLimits } from "./doorkeeper.ts";
import { openGrpcCaller } from "./grpc_client.ts";
import { createGrpcServer } from "./grpc_server.ts";
import type { CallContext } from "./handlers.ts";
import type { ClientTls } from "./server_check.ts";
import { createTlsFixture } from "./tls_fixture.ts";
import { openTlsPort, type ServerTls } from "./tls_port.ts";

export const fixture = await createTlsFixture();
export const member = await fixture.client();

/** A port with two gRPC servers and an HTTP server that say who they are and whom they see. */
export async function openPort(
  { slowHttpMs, hostname = "127.0.0.1", ...limits }: DoorkeeperLimits & {
    slowHttpMs?: number;
    hostname?: string;
  } = {},
  tls: ServerTls = fixture.server,
) {
  const stack = new AsyncDisposableStack();
  const calls: string[] = [];
  const serve = (name: string) =>
    stack.use(createGrpcServer([{
      service: StarService,
      handlers: {
        readHeader(_: unknown, { peerCertificate, peer }: CallContext) {
          calls.push(name);
          ok(peer.startsWith("127.0.0.1:"), peer);
          return Promise.resolve({ data: bytes(`${name} ${peerCertificate?.length ?? "none"}`) });
        },
        async *readFile() {
          for (;;) yield { data: bytes(name) };
        },
      },
    }]));
  const members = serve("members"), strangers = serve("strangers");
  const patience = slowHttpMs === undefined
    ? {}
    : { headersTimeout: slowHttpMs, connectionsCheckingInterval: 10 };
  const http = createHttpServer(patience, (request, response) => {
    calls.push("http");
    const { authorized } = request.socket as Socket & { authorized: boolean };
    response.end(`http ${authorized}`);
  });
  stack.defer(() => http.closeAllConnections());
  const port = stack.use(
    await openTlsPort({
      hostname,
      port: 0,
      tls,
      members: (socket) => members.inject(socket),
      strangers: (socket) => strangers.inject(socket),
      http,
      limits,
    }),
  );
  const dial = (tls: ClientTls) => {
    const caller = openGrpcCaller({ address: `127.0.0.1:${port.port}`, tls });
    stack.use(caller);
    return caller;
  };
  return { port, calls, dial, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
