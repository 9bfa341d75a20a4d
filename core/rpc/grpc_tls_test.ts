import { testCaller } from "./caller_conformance.ts";
import { KEEPS_TIMERS } from "./conformance_help.ts";
import { openGrpcCaller } from "./grpc_client.ts";
import { createGrpcServer } from "./grpc_server.ts";
import { MAX_MESSAGE_BYTES } from "./limits.ts";
import { createTlsFixture } from "./tls_fixture.ts";
import { openTlsPort } from "./tls_port.ts";

const fixture = await createTlsFixture();
const client = await fixture.client();

testCaller("gRPC with TLS on both sides", MAX_MESSAGE_BYTES, async (served) => {
  const server = createGrpcServer(served);
  const port = await openTlsPort({
    hostname: "127.0.0.1",
    port: 0,
    tls: fixture.server,
    members: (socket) => server.inject(socket),
  });
  const caller = openGrpcCaller({ address: `127.0.0.1:${port.port}`, tls: client });
  return {
    caller,
    cut: () => void port.close(),
    async [Symbol.asyncDispose]() {
      caller.close();
      server.close();
      await port.close();
    },
  };
}, KEEPS_TIMERS);
