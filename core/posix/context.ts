import type { Arch } from "./flags.ts";
import { type Address, NativeMemory } from "./memory.ts";
import type { BindCalls, Calls } from "./symbols.ts";

/**
 * What every group of calls needs: the C functions and their error numbers.
 *
 * `errno` is one variable per thread and an isolate stays on its thread, so its address is asked
 * for once. Nothing comes between a failed call and the copy of its number but V8 itself, whose
 * own system calls leave `errno` alone unless they fail too.
 */
export class CallContext {
  readonly #errnoAt: Address;
  readonly #copy: NativeMemory;
  readonly #copied: Int32Array;
  readonly #bind: BindCalls;
  #content: Calls<"content"> | undefined;
  #changes: Calls<"changes"> | undefined;
  #attributes: Calls<"attributes"> | undefined;

  /** @param bind Binds the groups beside `calls`, each when it is first needed. */
  constructor(readonly calls: Calls, bind: BindCalls, readonly arch: Arch) {
    this.#bind = bind;
    this.#errnoAt = calls.__errno_location();
    this.#copy = new NativeMemory(calls, 8);
    this.#copied = new Int32Array(this.#copy.bytes.buffer);
  }

  get content(): Calls<"content"> {
    return this.#content ??= this.#bind("content");
  }

  get changes(): Calls<"changes"> {
    return this.#changes ??= this.#bind("changes");
  }

  get attributes(): Calls<"attributes"> {
    return this.#attributes ??= this.#bind("attributes");
  }

  /** Binds what isn't bound yet, for a thread that gives up the permission to. */
  bindAll(): void {
    void [this.content, this.changes, this.attributes];
  }

  /** The error number of the call that just failed. */
  errno(): number {
    this.calls.memcpy(this.#copy.address, this.#errnoAt, 4n);
    return this.#copied[0];
  }

  /** A call's result, or the negated error number when it is −1. */
  result(returned: number): number {
    return returned >= 0 ? returned : -this.errno();
  }
}
