/** Answers that come line by line, made only as fast as they are read. */
import type { Exchange } from "./exchange.ts";
import { HttpProblem } from "./problem.ts";

/** Streams that may be open at once; each holds a place in a database. */
const MAX_OPEN = 256;

const encoder = new TextEncoder();

/** Counts the streams of one surface. */
export class StreamCount {
  #open = 0;

  /** @throws {OrbitError} `exhausted` when too many are open. */
  enter(): () => void {
    if (this.#open >= MAX_OPEN) {
      throw new HttpProblem(
        503,
        "exhausted",
        `read stream: ${MAX_OPEN} are open; try again later`,
        {
          "retry-after": "5",
        },
      );
    }
    this.#open++;
    let isOpen = true;
    return () => {
      if (isOpen) this.#open--;
      isOpen = false;
    };
  }
}

/** What a stream is made of, and how it is framed. */
export interface StreamOptions {
  contentType: string;
  /** Makes pieces of text until the signal aborts, as it does when nobody reads any more. */
  pieces: (signal: AbortSignal) => AsyncGenerator<string> | Generator<string>;
  /** When something fails in the middle, where a status can't say so any more. */
  onError: (error: unknown) => string;
}

/** An answer whose pieces are made when they are asked for. */
export function streamResponse(
  { context, signal, streams }: Exchange,
  { contentType, pieces, onError }: StreamOptions,
): Response {
  const headers = { "content-type": contentType };
  if (context.req.raw.method === "HEAD") return new Response(null, { headers });
  const leave = streams.enter();
  const over = new AbortController();
  const made = pieces(over.signal);
  const stop = () => {
    leave();
    signal.removeEventListener("abort", stop);
    over.abort(new DOMException("nobody reads the stream", "AbortError"));
    void Promise.resolve(made.return(undefined)).catch(() => {});
  };
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await made.next();
        if (!done) return controller.enqueue(encoder.encode(value));
      } catch (error) {
        if (over.signal.aborted) return controller.error(error);
        controller.enqueue(encoder.encode(onError(error)));
      }
      stop();
      controller.close();
    },
    cancel: stop,
  }, { highWaterMark: 0 });
  return new Response(body, { headers });
}
