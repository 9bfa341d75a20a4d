import { testCaller } from "./caller_conformance.ts";
import { createInProcessCaller } from "./in_process.ts";

testCaller("in-process caller", (served) =>
  Promise.resolve({
    caller: createInProcessCaller(served),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }));
