/** One worker of a pool, and the questions it has not answered. */
import { fromErrorData, OrbitError, toOrbitError } from "#core/errors.ts";
import { answerLinkRequest, type LinkRequest } from "./worker_links.ts";
import type { Reply, Request, WorkerSetup } from "./worker_protocol.ts";
import type { ThreadStarter, WorkerThread } from "./worker_thread.ts";

type Pending = { resolve: (value: unknown) => void; reject: (error: unknown) => void };
type Unnumbered<R> = R extends { id: number } ? Omit<R, "id"> : never;

/** How a {@linkcode WorkerMember} is started. */
export interface WorkerMemberOptions {
  start: ThreadStarter;
  setup: WorkerSetup;
  /** Where links may be made for it, when it can't. */
  write: readonly string[];
  /** Called once, when it can't be used (any more), unless it was ended. */
  onDeath(reason: OrbitError): void;
}

/**
 * A worker: starting, then ready, then dead. What it is asked while it starts it answers when it is
 * ready; whatever is unanswered when it dies, or asked later, is rejected.
 */
export class WorkerMember {
  /** Calls handed to it and not answered; kept by the pool. */
  calls = 0;
  /** Streams it holds open; kept by the pool. */
  load = 0;
  /** Resolves when it stands; rejects with the reason when it can't. */
  readonly ready: Promise<void>;
  readonly #thread: WorkerThread;
  readonly #pending = new Map<number, Pending>();
  readonly #onDeath: (reason: OrbitError) => void;
  #stands = false;
  #dead: OrbitError | undefined;
  #nextId = 1;

  /** @throws `denied` when this program lacks a permission that the worker is to have. */
  constructor({ start, setup, write, onDeath }: WorkerMemberOptions) {
    this.#onDeath = onDeath;
    this.#thread = start({
      message: (data) => {
        const message = data as Reply | LinkRequest;
        if ("link" in message) answerLinkRequest(message, write);
        else this.#answer(message);
      },
      death: (how) => this.#die(how),
    });
    this.ready = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(0, { resolve, reject });
    }).then(() => void (this.#stands = true), (error) => {
      this.#fail(toOrbitError(error));
      throw error;
    });
    this.ready.catch(() => {}); // `onDeath` tells as well
    this.#thread.post(setup);
  }

  get isReady(): boolean {
    return this.#stands && this.#dead === undefined;
  }

  get isDead(): boolean {
    return this.#dead !== undefined;
  }

  /** Questions it has not answered, of calls and of streams. */
  get unanswered(): number {
    return this.#pending.size;
  }

  /** @param transfer Buffers that are handed over instead of copied. */
  ask(request: Unnumbered<Request>, transfer: Transferable[] = []): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#dead !== undefined) return reject(this.#dead);
      const numbered = { id: this.#nextId++, ...request };
      this.#thread.post(numbered, transfer);
      this.#pending.set(numbered.id, { resolve, reject });
    });
  }

  /** Stops it; what is unanswered is rejected with `error`. */
  end(error: OrbitError): void {
    if (this.#dead !== undefined) return;
    this.#dead = error;
    this.#thread.stop();
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }

  #die(how: string): void {
    this.#fail(
      new OrbitError("unavailable", `file worker: ${how}`, { detail: { retryable: true } }),
    );
  }

  #fail(error: OrbitError): void {
    if (this.#dead !== undefined) return;
    this.end(error);
    this.#onDeath(error);
  }

  #answer(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (reply.error !== undefined) pending?.reject(fromErrorData(reply.error));
    else pending?.resolve(reply.value);
  }
}
