import { testCaller } from "./caller_conformance.ts";
import { KEEPS_TIMERS } from "./conformance_help.ts";
import { openGrpcCaller } from "./grpc_client.ts";
import { createGrpcServer } from "./grpc_server.ts";
import { MAX_MESSAGE_BYTES } from "./limits.ts";
import { openPlainPort } from "./plain_port.ts";

testCaller("gRPC without TLS", MAX_MESSAGE_BYTES, async (served) => {
  const server = createGrpcServer(served);
  const port = await openPlainPort({
    hostname: "127.0.0.1",
    port: 0,
    accept: (socket) => server.inject(socket),
  });
  const caller = openGrpcCaller({ address: `127.0.0.1:${port.port}`, tls: null });
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
