/** Messages of one call that have come and haven't been taken, and the credit for more of them. */
import { OrbitError } from "#core/errors.ts";
import { checkMessageSize } from "../messages.ts";
import { MAX_REVERSE_MESSAGE_BYTES } from "../limits.ts";
import { costOf, INITIAL_CREDIT, MAX_UNTAKEN } from "./frames.ts";

/** Cost of everything in the inboxes of one stream. */
export class Untaken {
  #cost = 0;

  /** @throws exhausted */
  add(cost: number): void {
    if (this.#cost + cost > MAX_UNTAKEN) {
      throw new OrbitError("exhausted", "messages: too many that nobody has taken yet");
    }
    this.#cost += cost;
  }

  remove(cost: number): void {
    this.#cost -= cost;
  }
}

type End = { error: unknown } | "ended" | undefined;

/** A queue that its sender can't overfill. */
export class Inbox {
  readonly #untaken: Untaken;
  readonly #give: (credit: number) => void;
  #queue: Uint8Array[] = [];
  #credit = INITIAL_CREDIT;
  #taken = 0;
  #waiting: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  #end: End;

  /** @param give Sends credit to the sender. */
  constructor(untaken: Untaken, give: (credit: number) => void) {
    this.#untaken = untaken;
    this.#give = give;
  }

  /** A message came. @throws {OrbitError} for one that its sender must not send */
  put(message: Uint8Array): void {
    if (this.#end !== undefined) throw new OrbitError("invalid", "message: after the last one");
    checkMessageSize(message.length, MAX_REVERSE_MESSAGE_BYTES);
    if (this.#credit <= 0) throw new OrbitError("invalid", "message: sent without credit");
    const cost = costOf(message);
    this.#untaken.add(cost);
    this.#credit -= cost;
    this.#queue.push(message);
    if (!this.#waiting) return;
    this.#waiting.resolve(this.#shift());
    this.#waiting = undefined;
  }

  /** The next message; undefined after the last one. One at a time. */
  take(): Promise<Uint8Array | undefined> {
    if (this.#queue.length > 0) return Promise.resolve(this.#shift());
    if (this.#end === "ended") return Promise.resolve(undefined);
    if (this.#end) return Promise.reject(this.#end.error);
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  /** No more come: what is here can still be taken, then comes the end, or the error. */
  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = error === undefined ? "ended" : { error };
    if (error === undefined) this.#waiting?.resolve(undefined);
    else this.#waiting?.reject(error);
    this.#waiting = undefined;
  }

  /** Drops what is here; whoever takes gets the error. */
  fail(error: unknown): void {
    for (const message of this.#queue) this.#untaken.remove(costOf(message));
    this.#queue = [];
    this.end(error);
  }

  #shift(): Uint8Array {
    const message = this.#queue.shift()!;
    const cost = costOf(message);
    this.#untaken.remove(cost);
    this.#taken += cost;
    // Half of it at a time: often enough that the sender needn't stop, seldom enough to cost little.
    if (this.#taken >= INITIAL_CREDIT / 2 && this.#end === undefined) {
      this.#credit += this.#taken;
      this.#give(this.#taken);
      this.#taken = 0;
    }
    return message;
  }
}
