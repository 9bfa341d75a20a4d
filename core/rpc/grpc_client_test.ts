import { deepStrictEqual as deepEqual, rejects, throws } from "node:assert/strict";
import { createServer as createTcpServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { OrbitError } from "#core/errors.ts";
import { NUCLEUS_SERVER_NAME, readPeer, requireNucleus } from "#core/identity/mod.ts";
import { systemClock } from "#core/clock.ts";
import { isCode, KEEPS_TIMERS, unary } from "./conformance_help.ts";
import { openGrpcCaller } from "./grpc_client.ts";
import { createTlsFixture } from "./tls_fixture.ts";

import { fixture, member, openPort } from "./tls_port_help.ts";

Deno.test("openGrpcCaller speaks TLS 1.3 only", KEEPS_TIMERS, async () => {
  const { certificatePem: cert, keyPem, authorityPem: ca } = fixture.server;
  const key = (keyPem as { reveal(): string }).reveal();
  const refused = Promise.withResolvers<void>();
  const server = createTlsServer({ cert, key, ca, maxVersion: "TLSv1.2", ALPNProtocols: ["h2"] });
  server.on("tlsClientError", () => refused.resolve());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as { port: number };
  const caller = openGrpcCaller({ address: `127.0.0.1:${port}`, tls: member });
  await rejects(caller.unary(unary, {}), isCode("unavailable"));
  await refused.promise;
  caller.close();
  await new Promise((resolve) => server.close(resolve));
});

Deno.test("openGrpcCaller refuses a server that isn't the one meant", KEEPS_TIMERS, async () => {
  const { certificatePem, keyPem } = await fixture.client();
  const { authorityPem } = fixture.server;
  await using star = await openPort({}, {
    authorityPem,
    certificatePem: certificatePem!,
    keyPem: keyPem!,
  });
  const named = { ...member, serverName: NUCLEUS_SERVER_NAME };
  await rejects(star.dial(named).unary(unary, {}), isCode("denied", /nucleus\.orbit\.internal/));
  await rejects(star.dial(member).unary(unary, {}), isCode("denied", /127\.0\.0\.1/));
  deepEqual(star.calls, []);

  await using nucleus = await openPort();
  const needed = {
    ...named,
    checkServer: (der: Uint8Array) => void requireNucleus(readPeer(der, systemClock)),
  };
  await nucleus.dial(needed).unary(unary, {});
  const picky = {
    ...named,
    checkServer() {
      throw new OrbitError("denied", "not on a Sunday");
    },
  };
  await rejects(nucleus.dial(picky).unary(unary, {}), isCode("denied", /Sunday/));
  const foreign = { ...member, authorityPem: (await createTlsFixture()).server.authorityPem };
  await rejects(nucleus.dial(foreign).unary(unary, {}), isCode("unavailable"));
});

Deno.test(
  "openGrpcCaller fails when the server is silent, and speaks no plaintext abroad",
  KEEPS_TIMERS,
  async () => {
    const server = createTcpServer(() => {});
    const sockets = new Set<Socket>();
    server.on("connection", (socket) => void sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const { port } = server.address() as { port: number };
    const caller = openGrpcCaller({ address: `127.0.0.1:${port}`, tls: member });
    await rejects(caller.unary(unary, {}, { timeoutMs: 200 }), isCode("unavailable"));
    caller.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    for (const address of ["10.0.0.1:1", "example.org:443"]) {
      throws(() => openGrpcCaller({ address, tls: null }), isCode("denied"));
    }
    for (const address of ["nowhere", "a:0", "a:99999", "unix:/tmp/x:1", "[::1", "a b:1"]) {
      throws(() => openGrpcCaller({ address, tls: member }), isCode("invalid"));
    }
  },
);
