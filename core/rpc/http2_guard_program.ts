/** A server, and clients that take their leave and go on talking in the same breath. */
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { createGrpcServer, openGrpcCaller, openTlsPort } from "./mod.ts";
import { createTlsFixture } from "./tls_fixture.ts";

const CLIENTS = 20;
const SETTINGS = 4, PING = 6, GOAWAY = 7;

const fixture = await createTlsFixture();
await using server = createGrpcServer([{
  service: StarService,
  handlers: { getFeatures: () => Promise.resolve({}) },
}]);
await using port = await openTlsPort({
  hostname: "127.0.0.1",
  port: 0,
  tls: fixture.server,
  members: (socket) => server.inject(socket),
  strangers: (socket) => server.inject(socket),
});

const said = new Blob([
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  frame(SETTINGS, 0),
  frame(GOAWAY, 8),
  ...Array.from({ length: 500 }, () => frame(PING, 8)),
]);
const words = await said.bytes();
for (let client = 0; client < CLIENTS; client++) {
  using connection = await Deno.connectTls({
    hostname: "localhost",
    port: port.port,
    caCerts: [fixture.stranger.authorityPem],
    alpnProtocols: ["h2"],
  });
  await connection.write(words);
  // Until the server has ended it.
  await new Response(connection.readable).bytes().catch(() => {});
}
await using caller = openGrpcCaller({ address: `127.0.0.1:${port.port}`, tls: fixture.stranger });
await caller.unary(StarService.method.getFeatures, {});
console.log("the server goes on");

/** A frame of zeros for the whole connection. */
function frame(type: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(9 + length);
  bytes.set([0, 0, length, type]);
  return bytes;
}
