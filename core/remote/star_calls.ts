/** Calls of one Star, with patience: what every part of a remote system is made with. */
import type { Caller, MethodOf } from "#core/rpc/mod.ts";
import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { type Blame, blameStar } from "./codec/blame.ts";
import { Patience } from "./patience.ts";
import { type RemoteTimeouts, timeFor } from "./timeouts.ts";

/** Messages in a row that only say that the Star is at work: hours, at the pace of honest ones. */
const MAX_BEATS = 2_000;

/** Options of one call. */
export interface AskOptions {
  signal?: AbortSignal;
  /** Bytes that the Star reads before it answers. */
  reads?: number;
  /** The call changes files: what the Star is at ends before an abort is passed on. */
  changes?: boolean;
}

/** One Star, asked. */
export class StarCalls {
  readonly blame: Blame;

  constructor(
    readonly caller: Caller,
    readonly name: string,
    readonly timeouts: RemoteTimeouts,
  ) {
    this.blame = blameStar(name);
  }

  /** One answer. */
  async ask<I extends DescMessage, O extends DescMessage>(
    method: MethodOf<"unary", I, O>,
    request: MessageInitShape<I>,
    { signal, reads = 0, changes = false }: AskOptions = {},
  ): Promise<MessageShape<O>> {
    signal?.throwIfAborted();
    using patience = this.patience(method.name, changes, signal);
    patience.expect(timeFor(this.timeouts, reads));
    return await this.caller.unary(method, request, { signal: patience.signal });
  }

  /** A stream of answers, without those that `isBeat` says are none. */
  async *listen<I extends DescMessage, O extends DescMessage>(
    method: MethodOf<"server_streaming", I, O>,
    request: MessageInitShape<I>,
    isBeat: (message: MessageShape<O>) => boolean,
    { signal }: AskOptions = {},
  ): AsyncGenerator<MessageShape<O>> {
    signal?.throwIfAborted();
    using patience = this.patience(method.name, false, signal);
    const answers = this.caller.serverStream(method, request, { signal: patience.signal });
    yield* this.heard(answers, isBeat, patience);
  }

  /** Answers that must not be too long in coming; leaving them gives the call up. */
  async *heard<M>(
    answers: AsyncIterable<M>,
    isBeat: (message: M) => boolean,
    patience: Patience,
  ): AsyncGenerator<M> {
    const iterator = answers[Symbol.asyncIterator]();
    let beats = 0;
    try {
      while (true) {
        patience.expect(this.timeouts.silenceMs);
        const { done, value } = await iterator.next();
        patience.rest();
        if (done) return;
        if (!isBeat(value)) {
          beats = 0;
          yield value;
        } else if (++beats > MAX_BEATS) {
          throw this.blame("answer", `${beats} messages in a row that say nothing`);
        }
      }
    } finally {
      await iterator.return?.();
    }
  }

  /** Patience with one call. */
  patience(what: string, changes: boolean, signal?: AbortSignal): Patience {
    const graceMs = changes ? this.timeouts.graceMs : 0;
    return new Patience({ star: this.name, what, signal, graceMs });
  }
}
