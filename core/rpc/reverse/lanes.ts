/** Shares one stream between calls: each call has a lane, and lanes take turns frame by frame. */
import type { CallFrame } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import type { SendFrame } from "./frames.ts";

interface Waiting {
  frame: CallFrame;
  sent: PromiseWithResolvers<void> | undefined;
}

/** One call's way into the stream. */
export interface Lane {
  /** Resolves when the stream has taken the frame; frames of a lane keep their order. */
  send(frame: CallFrame): Promise<void>;
  /** As `send`, for frames that nobody waits for. */
  post(frame: CallFrame): void;
  /** Drops what hasn't been taken; whether that was everything ever sent. */
  clear(): boolean;
}

/** At most one frame is given to the stream before it has room for more. */
export class Lanes {
  readonly #send: SendFrame;
  readonly #broken: (error: unknown) => void;
  readonly #busy = new Set<QueueLane>();
  #running = false;
  #closed = false;

  /** @param broken Told once when the stream takes no more. */
  constructor(send: SendFrame, broken: (error: unknown) => void) {
    this.#send = send;
    this.#broken = broken;
  }

  open(): Lane {
    return new QueueLane((lane) => {
      if (this.#closed) return;
      this.#busy.add(lane);
      if (!this.#running) this.#run();
    });
  }

  /** Nothing more is sent; who waits for a turn waits on, and ends with its call. */
  close(): void {
    this.#closed = true;
    this.#busy.clear();
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      for (const lane of this.#busy) {
        // A set visits what is added while it is gone through, so a lane that goes to its end
        // lets all others have their turn first.
        this.#busy.delete(lane);
        const next = lane.take();
        if (!next) continue;
        if (lane.waiting) this.#busy.add(lane);
        const room = this.#send(next.frame);
        if (room) await room;
        next.sent?.resolve();
      }
      this.#running = false;
    } catch (error) {
      if (this.#closed) return;
      this.close();
      this.#broken(error);
    }
  }
}

class QueueLane implements Lane {
  readonly #ready: (lane: QueueLane) => void;
  #queue: Waiting[] = [];
  #untouched = true;

  constructor(ready: (lane: QueueLane) => void) {
    this.#ready = ready;
  }

  get waiting(): boolean {
    return this.#queue.length > 0;
  }

  send(frame: CallFrame): Promise<void> {
    const sent = Promise.withResolvers<void>();
    this.#queue.push({ frame, sent });
    this.#ready(this);
    return sent.promise;
  }

  post(frame: CallFrame): void {
    this.#queue.push({ frame, sent: undefined });
    this.#ready(this);
  }

  clear(): boolean {
    this.#queue = [];
    return this.#untouched;
  }

  take(): Waiting | undefined {
    const next = this.#queue.shift();
    if (next) this.#untouched = false;
    return next;
  }
}
