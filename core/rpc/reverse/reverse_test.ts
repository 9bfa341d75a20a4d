import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type CallFrame, CallFrameSchema } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import { testCaller } from "../caller_conformance.ts";
import type { OrbitError } from "#core/errors.ts";
import { MAX_REVERSE_MESSAGE_BYTES } from "../limits.ts";
import { createReverseCaller } from "./reverse_caller.ts";
import { serveReverse } from "./serve_reverse.ts";

/** One direction: frames arrive as bytes, one turn later, in order. */
function pipe(receive: (frame: CallFrame) => void) {
  let last: Promise<void> = Promise.resolve();
  return (frame: CallFrame) => {
    const bytes = toBinary(CallFrameSchema, frame);
    last = last.then(() => receive(fromBinary(CallFrameSchema, bytes)));
    return last;
  };
}

testCaller("calls in reverse", MAX_REVERSE_MESSAGE_BYTES, (served) => {
  const broken = (error: OrbitError) => {
    throw error;
  };
  const caller = createReverseCaller({ send: pipe((frame) => server.receive(frame)), broken });
  const server = serveReverse(served, { send: pipe((frame) => caller.receive(frame)), broken });
  const cut = () => {
    caller.end();
    server.end();
  };
  return Promise.resolve({
    caller,
    cut,
    [Symbol.asyncDispose]: () => Promise.resolve(cut()),
  });
});
