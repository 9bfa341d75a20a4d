/** One batch that a Star carries out, whoever listens to it. */
import type { ActionResult, WorkName } from "#core/system/mod.ts";
import { TransferNews } from "../transfer_news.ts";

/** What a batch is, as far as others have to know. */
export interface WorkOrder {
  /** Without one it ends with its call. */
  name: WorkName | undefined;
  /** Of its actions, in their order. */
  paths: readonly string[];
  /** Its content is reached without the caller. */
  canGoOn: boolean;
}

/** How a batch ended. */
export type WorkEnd = { results: ActionResult[] } | { error: unknown };

/** Somebody who is told of a batch, until they leave or another takes their place. */
export class Listening {
  #reason: unknown;
  #isOver = false;

  constructor(readonly work: Work) {}

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Why it is over. */
  get reason(): unknown {
    return this.#reason;
  }

  end(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reason = reason;
    this.work.news.wake();
  }
}

/** A batch at work. */
export class Work {
  readonly news: TransferNews;
  /** Resolves when nothing of it is at work any more. */
  readonly over: Promise<void>;
  /** The attempt that it belongs to; a newer one may take it over. */
  fence: number;
  /** How it ended, once it has. */
  end: WorkEnd | undefined;
  /** Whether its end was told to whoever listened. */
  readonly heard = { told: false };
  readonly #stop = new AbortController();
  /** Aborts when somebody listens again, or it is over. */
  #alone = new AbortController();
  #listening: Listening | undefined;

  constructor(
    readonly order: WorkOrder,
    run: (news: TransferNews, signal: AbortSignal) => Promise<ActionResult[]>,
  ) {
    this.fence = order.name?.fence ?? 0;
    const { signal } = this.#stop;
    this.news = new TransferNews(signal);
    this.over = run(this.news, signal).then(
      (results) => this.end = { results },
      (error) => this.end = { error },
    ).then(() => {
      this.#alone.abort();
      this.news.wake();
    });
  }

  /** Somebody listens. */
  get isHeard(): boolean {
    return this.#listening !== undefined;
  }

  /** Nobody listens, and it goes on. */
  get isAlone(): boolean {
    return this.end === undefined && !this.isHeard;
  }

  /** Aborts when it isn't alone any more. */
  get alone(): AbortSignal {
    return this.#alone.signal;
  }

  get isStopping(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Whether it is the job's. */
  isOf(job: string): boolean {
    return this.order.name?.job === job;
  }

  /** Is told from now on, in place of whoever was before. */
  listen(before: unknown = undefined): Listening {
    this.#listening?.end(before);
    this.#alone.abort();
    return this.#listening = new Listening(this);
  }

  /** Nobody listens any more; false when somebody else does. */
  leave(listening: Listening, reason: unknown): boolean {
    listening.end(reason);
    if (this.#listening !== listening) return false;
    this.#listening = undefined;
    if (this.end === undefined) this.#alone = new AbortController();
    return true;
  }

  /** Ends it: what is at work is ended or undone. */
  stop(reason: unknown): void {
    this.#stop.abort(reason);
  }
}
