/** A whole control stream for tests: calls in reverse through gRPC, with TLS on both sides. */
import { OrbitError } from "#core/errors.ts";
import {
  type ControlRequestSchema,
  type ControlResponseSchema,
  NucleusService,
} from "#proto/gen/orbit/v1/nucleus_pb.ts";
import type { MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { openGrpcCaller } from "../grpc_client.ts";
import { createGrpcServer } from "../grpc_server.ts";
import type { AnyServed } from "../handlers.ts";
import type { TlsFixture } from "../tls_fixture.ts";
import { openTlsPort } from "../tls_port.ts";
import { Rendezvous } from "./rendezvous.ts";
import { createReverseCaller, type ReverseCaller } from "./reverse_caller.ts";
import { serveReverse } from "./serve_reverse.ts";

/** Opens a control stream; the services are served by the one who dials. */
export async function openControl(served: readonly AnyServed[], fixture: TlsFixture) {
  const opened = Promise.withResolvers<ReverseCaller>();
  const nucleus = createGrpcServer([{
    service: NucleusService,
    handlers: {
      async *control(requests: AsyncIterable<MessageShape<typeof ControlRequestSchema>>) {
        const outbox = new Rendezvous<MessageInitShape<typeof ControlResponseSchema>>();
        const caller = createReverseCaller({
          send: (frame) => outbox.send({ message: { case: "call", value: frame } }),
          broken: (error) => outbox.close(error),
        });
        opened.resolve(caller);
        readAll(requests, (message) => {
          if (message.case === "call") caller.receive(message.value);
        }).finally(() => (caller.end(), outbox.close()));
        yield* outbox;
      },
    },
  }]);
  const port = await openTlsPort({
    hostname: "127.0.0.1",
    port: 0,
    tls: fixture.server,
    members: (socket) => nucleus.inject(socket),
  });
  const star = openGrpcCaller({
    address: `127.0.0.1:${port.port}`,
    tls: await fixture.client(),
  });
  const outbox = new Rendezvous<MessageInitShape<typeof ControlRequestSchema>>();
  const server = serveReverse(served, {
    send: (frame) => outbox.send({ message: { case: "call", value: frame } }),
    broken: (error) => outbox.close(error),
  });
  const stream = readAll(star.bidi(NucleusService.method.control, outbox), (message) => {
    if (message.case === "call") server.receive(message.value);
  }).finally(() => server.end());
  return {
    caller: await opened.promise,
    cut: () => void port.close(),
    async [Symbol.asyncDispose]() {
      outbox.close();
      star.close();
      await stream;
      nucleus.close();
      await port.close();
    },
  };
}

async function readAll<M>(
  messages: AsyncIterable<{ message: M }>,
  receive: (message: M) => void,
): Promise<void> {
  try {
    for await (const { message } of messages) receive(message);
  } catch (error) {
    if (!(error instanceof OrbitError || error instanceof DOMException)) throw error;
  }
}
