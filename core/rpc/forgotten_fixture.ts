/**
 * Takes one answer of an endless stream, forgets the stream, and ends well once its handler has
 * been told. To be run with V8's `--expose-gc`.
 */
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { createInProcessCaller } from "./in_process.ts";

const told = Promise.withResolvers<void>();
const caller = createInProcessCaller([{
  service: StarService,
  handlers: {
    async *readFile(_: unknown, { signal }: { signal: AbortSignal }) {
      signal.addEventListener("abort", () => told.resolve());
      for (;;) yield { data: new Uint8Array(1) };
    },
  },
}]);

async function takeOne(): Promise<void> {
  await caller.serverStream(StarService.method.readFile, {})[Symbol.asyncIterator]().next();
}

await takeOne();
const collecting = setInterval((globalThis as unknown as { gc(): void }).gc, 10);
await told.promise;
clearInterval(collecting);
