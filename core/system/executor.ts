/** Where file work runs: a small port, so the same work runs in workers or in place. */
import { openBlake3 } from "#core/hash/mod.ts";
import { confinedAlready } from "./confine.ts";
import type { Disk } from "./disk.ts";
import { WorkContext } from "./work/context.ts";
import {
  type CallArguments,
  type CallName,
  type CallResult,
  READERS,
  runCall,
  startStream,
  type StreamArguments,
  type StreamName,
  type StreamOut,
  type StreamReturn,
} from "./work/methods.ts";

/** What a step of work gave, and its input's buffer where that is of no more use to it. */
export type WorkStep<Out, Return> = IteratorResult<Out, Return> & {
  spare?: Uint8Array<ArrayBuffer>;
};

/** Work in progress that is advanced step by step. */
export interface WorkStream<Out, Return> {
  /** Advances by one step, giving it `input`, if it takes any, with its buffer. */
  next(input?: Uint8Array<ArrayBuffer>): Promise<WorkStep<Out, Return>>;
  /** Ends it early and releases what it holds. */
  close(): Promise<void>;
}

/** Runs file work. */
export interface Executor extends AsyncDisposable {
  /** How many calls run at the same time. */
  readonly width: number;
  /** Runs one piece of work. Rejects with an OrbitError. */
  call<N extends CallName>(name: N, ...args: CallArguments<N>): Promise<CallResult<N>>;
  /** Starts work that goes on over several steps. */
  open<N extends StreamName>(
    name: N,
    ...args: StreamArguments<N>
  ): WorkStream<StreamOut<N>, StreamReturn<N>>;
  /**
   * The same, for work that reaches nothing outside a scope; see `Disk.within`. Once only.
   *
   * @throws `internal` when it is confined already.
   */
  within(scope: readonly string[]): Executor;
  /** Makes running work stop at its next chance, with `unavailable` (ECANCELED). */
  cancel(): void;
}

/** Runs file work in this thread, on any disk; for disks in memory, and where workers can't be. */
export async function createInlineExecutor(disk: Disk): Promise<Executor> {
  return new InlineExecutor(new WorkContext(disk, await openBlake3()));
}

class InlineExecutor implements Executor {
  readonly width = 1;
  readonly #context: WorkContext;

  readonly #scope: readonly string[] | undefined;

  constructor(context: WorkContext, scope?: readonly string[]) {
    this.#context = context;
    this.#scope = scope;
  }

  within(scope: readonly string[]): Executor {
    if (this.#scope !== undefined) throw confinedAlready();
    return new InlineExecutor(this.#context, scope);
  }

  call<N extends CallName>(name: N, ...args: CallArguments<N>): Promise<CallResult<N>> {
    return attempt(() => runCall(this.#context, name, args, this.#scope) as CallResult<N>);
  }

  open<N extends StreamName>(
    name: N,
    ...args: StreamArguments<N>
  ): WorkStream<StreamOut<N>, StreamReturn<N>> {
    const generator = startStream(this.#context, name, args, this.#scope) as Generator<
      StreamOut<N>,
      StreamReturn<N>,
      Uint8Array | undefined
    >;
    return {
      next: (input) =>
        attempt(() => {
          const step = generator.next(input);
          return READERS.has(name) && input ? { ...step, spare: input } : step;
        }),
      close: () => attempt(() => void generator.return(undefined as never)),
    };
  }

  cancel(): void {
    Atomics.store(this.#context.cancelled, 0, 1);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(); // every call closed what it opened
  }
}

function attempt<T>(run: () => T): Promise<T> {
  return new Promise((resolve) => resolve(run()));
}
