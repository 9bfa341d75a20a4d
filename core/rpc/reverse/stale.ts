/** Frames for calls that are over: some are due to happen, endless ones are not. */
import { MAX_REVERSE_MESSAGE_BYTES } from "../limits.ts";
import { INITIAL_CREDIT, MESSAGE_COST } from "./frames.ts";

/** What may come for one call after its end: what its credit allowed, and a few small frames. */
const FOR_EACH_CALL = INITIAL_CREDIT * 2 + MAX_REVERSE_MESSAGE_BYTES;

/** What all of it may cost: as much as if many calls had ended at once. */
const MOST = 512 * FOR_EACH_CALL;

/** Counts what is ignored against what may be. */
export class StaleFrames {
  #allowed = 0;

  /** A call is over. */
  callEnded(): void {
    this.#allowed = Math.min(MOST, this.#allowed + FOR_EACH_CALL);
  }

  /** Whether a frame with so many bytes may be ignored. */
  mayIgnore(bytes: number): boolean {
    this.#allowed -= bytes + MESSAGE_COST;
    return this.#allowed >= 0;
  }
}
