import { AttributeCalls } from "./attribute_calls.ts";
import { CallContext } from "./context.ts";
import { EntryCalls } from "./entry_calls.ts";
import { FileCalls } from "./file_calls.ts";
import { type Arch, type OpenFlags, openFlags } from "./flags.ts";
import { type Address, alignedBytes, NativeMemory, TextSlot } from "./memory.ts";
import type { BindCalls } from "./symbols.ts";

/**
 * The C library's file calls, for one thread: results and names go through memory that the object
 * owns, so it must not be shared between isolates, and a name or result is good until the next
 * call that uses its slot.
 */
export class Libc {
  /** The flags of `openat` on this processor. */
  readonly open: OpenFlags;
  /** Calls on a name in an open directory. */
  readonly entries: EntryCalls;
  /** Calls on an open file. */
  readonly files: FileCalls;
  /** Calls on extended attributes. */
  readonly attributes: AttributeCalls;
  /** The functions and error numbers below the groups. */
  readonly context: CallContext;
  readonly #name: TextSlot;
  readonly #otherName: TextSlot;

  constructor(bind: BindCalls, readonly arch: Arch, readonly path: string) {
    const calls = bind("start");
    const context = this.context = new CallContext(calls, bind, arch);
    this.open = openFlags(arch);
    this.entries = new EntryCalls(context);
    this.files = new FileCalls(context);
    this.attributes = new AttributeCalls(context);
    this.#name = new TextSlot(calls);
    this.#otherName = new TextSlot(calls);
  }

  /**
   * A name as C wants it; the address is good until the next `name`.
   *
   * @throws {OrbitError} `invalid` when it holds a NUL or has 4,096 bytes or more.
   */
  name(text: string): Address {
    return this.#name.put(text);
  }

  /** A second name, for calls that take two. */
  otherName(text: string): Address {
    return this.#otherName.put(text);
  }

  /** Whether two memories begin with the same bytes. */
  sameStart(a: Uint8Array, b: Uint8Array, length: number): boolean {
    if (length > a.length || length > b.length) return false;
    return this.context.content.memcmp(a, b, BigInt(length)) === 0;
  }

  /** Memory that calls may be given the address of. */
  allocate(size: number): NativeMemory {
    return new NativeMemory(this.context.calls, size);
  }

  /** Memory that is read into fastest. */
  allocateAligned(size: number): Uint8Array<ArrayBuffer> {
    return alignedBytes(this.context.calls, size);
  }

  /** A slot for names that must outlive other names. */
  createTextSlot(): TextSlot {
    return new TextSlot(this.context.calls);
  }

  /**
   * Binds all functions now; otherwise those of a kind are when they are first called. Call it
   * before `--allow-ffi` is given up.
   */
  bindAll(): void {
    this.context.bindAll();
  }

  /** The user whose rights the calls have. */
  effectiveUser(): number {
    return this.context.calls.geteuid();
  }

  /** The groups that this user may give files: its own and the supplementary ones. */
  groups(): number[] {
    const { calls } = this.context;
    const count = Math.max(0, calls.getgroups(0, 0n));
    const list = this.allocate(4 * Math.max(1, count));
    const filled = Math.max(0, calls.getgroups(count, list.address));
    return [calls.getegid(), ...list.words().subarray(0, filled)];
  }
}
