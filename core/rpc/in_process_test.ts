import { testCaller } from "./caller_conformance.ts";
import { createInProcessCaller } from "./in_process.ts";
import { MAX_MESSAGE_BYTES } from "./limits.ts";

testCaller("in-process caller", MAX_MESSAGE_BYTES, (served) =>
  Promise.resolve({
    caller: createInProcessCaller(served),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }));
