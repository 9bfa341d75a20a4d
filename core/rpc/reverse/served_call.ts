/** One call that came through a stream and is answered through it. */
import type { Logger } from "#core/log/mod.ts";
import type { CallFrame, CallStart } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import { untilAborted } from "../abort.ts";
import { deadlinePassed } from "../call_scope.ts";
import type { CallContext } from "../handlers.ts";
import { MAX_REVERSE_MESSAGE_BYTES, MAX_TIMEOUT_MS } from "../limits.ts";
import { checkMessageSize } from "../messages.ts";
import { checkMetadata } from "../metadata.ts";
import type { Route } from "../routes.ts";
import { callGone, type CallOutcome, isUnforeseen, SUCCEEDED, toOutcome } from "../status.ts";
import { Credit } from "./credit.ts";
import { costOf, frameOf, MAX_CREDIT, toCallEnd } from "./frames.ts";
import { Inbox, type Untaken } from "./inbox.ts";
import type { Lane } from "./lanes.ts";

/** What a call gets from the stream that it belongs to. */
export interface CallSurroundings {
  lane: Lane;
  untaken: Untaken;
  peer: string;
  peerCertificate?: Uint8Array;
  log: Logger;
  ended(): void;
}

/** Answers one call by its route. */
export class ReverseServedCall {
  readonly #id: number;
  readonly #route: Route;
  readonly #start: CallStart;
  readonly #around: CallSurroundings;
  readonly #inbox: Inbox;
  readonly #credit: Credit;
  readonly #gone = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  constructor(id: number, route: Route, start: CallStart, around: CallSurroundings) {
    this.#id = id;
    this.#route = route;
    this.#start = start;
    this.#around = around;
    this.#credit = new Credit(Math.min(start.credit, MAX_CREDIT));
    this.#inbox = new Inbox(around.untaken, (credit) => {
      around.lane.post(frameOf(id, { case: "credit", value: credit }));
    });
  }

  async serve(): Promise<void> {
    const { signal } = this.#gone;
    try {
      this.#limitTime();
      checkMetadata(this.#start.metadata);
      await this.#route.serve(this.#requests(), this.#context(), (message) => this.#send(message));
      this.#end(SUCCEEDED);
    } catch (error) {
      if (isUnforeseen(error) && error !== signal.reason) {
        this.#around.log.error("call failed unexpectedly", { method: this.#route.path, error });
      }
      this.#end(toOutcome(error, signal));
    }
  }

  receive(frame: CallFrame["frame"]): void {
    try {
      if (frame.case === "message") this.#inbox.put(frame.value);
      else if (frame.case === "credit") this.#credit.add(frame.value);
      else if (frame.case === "halfClose") this.#inbox.end();
      else if (frame.case === "cancel") this.cancel();
    } catch (error) {
      this.#abort(error);
    }
  }

  /** Nobody waits for the answer any more. */
  cancel(): void {
    if (!this.#close()) return;
    this.#around.lane.clear();
    this.#abort(callGone());
  }

  #abort(reason: unknown): void {
    this.#gone.abort(reason);
    this.#inbox.fail(reason);
  }

  #end(outcome: CallOutcome): void {
    if (!this.#close()) return;
    this.#around.lane.post(frameOf(this.#id, { case: "end", value: toCallEnd(outcome) }));
    // Nothing that is still here will be taken.
    this.#inbox.fail(callGone());
  }

  #close(): boolean {
    if (this.#over) return false;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#around.ended();
    return true;
  }

  async #send(message: Uint8Array): Promise<void> {
    checkMessageSize(message.length, MAX_REVERSE_MESSAGE_BYTES);
    const { signal } = this.#gone;
    const room = this.#credit.available();
    if (room) await untilAborted(room, signal);
    this.#credit.spend(costOf(message));
    const sent = this.#around.lane.send(
      frameOf(this.#id, { case: "message", value: message }),
    );
    await untilAborted(sent, signal);
  }

  #limitTime(): void {
    const { timeoutMs } = this.#start;
    if (timeoutMs === 0 || timeoutMs >= MAX_TIMEOUT_MS) return;
    const pass = () => this.#abort(deadlinePassed(this.#route.path, timeoutMs));
    this.#timer = setTimeout(pass, timeoutMs);
  }

  #requests(): AsyncIterator<Uint8Array> {
    return {
      next: async () => {
        const value = await this.#inbox.take();
        return value === undefined ? { done: true, value } : { done: false, value };
      },
    };
  }

  #context(): CallContext {
    const { metadata } = this.#start;
    const { peer, peerCertificate } = this.#around;
    return {
      signal: this.#gone.signal,
      peer,
      peerCertificate,
      metadata: (name) => Object.hasOwn(metadata, name) ? metadata[name] : undefined,
      end: (error) => this.#abort(error),
    };
  }
}
