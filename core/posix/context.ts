import type { Arch } from "./flags.ts";
import { NativeMemory } from "./memory.ts";
import type { Calls } from "./symbols.ts";

/**
 * What every group of calls needs: the C functions and their error numbers.
 *
 * `errno` is one variable per thread and an isolate stays on its thread, so its address is asked
 * for once. Nothing comes between a failed call and the copy of its number but V8 itself, whose
 * own system calls leave `errno` alone unless they fail too.
 */
export class CallContext {
  readonly #errnoAt: number;
  readonly #copy: NativeMemory;
  readonly #copied: Int32Array;

  constructor(readonly calls: Calls, readonly arch: Arch) {
    this.#errnoAt = Number(calls.__errno_location());
    this.#copy = new NativeMemory(calls, 8);
    this.#copied = new Int32Array(this.#copy.bytes.buffer);
  }

  /** The error number of the call that just failed. */
  errno(): number {
    this.calls.memcpy(this.#copy.address, this.#errnoAt, 4);
    return this.#copied[0];
  }

  /** A call's result, or the negated error number when it is −1. */
  result(returned: number): number {
    return returned >= 0 ? returned : -this.errno();
  }
}
