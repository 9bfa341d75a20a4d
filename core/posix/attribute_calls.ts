import { decodeName } from "#core/names.ts";
import type { CallContext } from "./context.ts";
import { type Address, NativeMemory, TextSlot } from "./memory.ts";

/** The kernel's bound on one value, and on one list of names (`XATTR_SIZE_MAX`, `XATTR_LIST_MAX`). */
const LARGEST = 65536;
const LARGEST_SIZE = BigInt(LARGEST);

/** Whose attributes are meant. */
export type AttributeOwner =
  /** An open file. */
  | { kind: "file"; fd: number }
  /** A name in an open directory: the entry itself, not what a link points to. */
  | { kind: "entry"; directory: number; name: string }
  /** A descriptor opened with `OpenFlags.path` only; its attributes can be read. */
  | { kind: "handle"; fd: number };

/**
 * Calls on extended attributes; ACLs are the attributes `system.posix_acl_access` and
 * `system.posix_acl_default`. Entries are reached as `/proc/self/fd/N/name`, which needs a mounted
 * `/proc`. Results are ≥ 0, or a negated error number.
 */
export class AttributeCalls {
  readonly #context: CallContext;
  readonly #path: TextSlot;
  readonly #name: TextSlot;
  readonly #value: NativeMemory;

  constructor(context: CallContext) {
    this.#context = context;
    this.#path = new TextSlot(context.calls);
    this.#name = new TextSlot(context.calls);
    this.#value = new NativeMemory(context.calls, LARGEST);
  }

  /** Names of the attributes that the caller may see. */
  list(owner: AttributeOwner): string[] | number {
    const { attributes } = this.#context;
    const { address } = this.#value;
    const length = this.#context.result(
      owner.kind === "file"
        ? attributes.flistxattr(owner.fd, address, LARGEST_SIZE)
        : owner.kind === "entry"
        ? attributes.llistxattr(this.#entry(owner), address, LARGEST_SIZE)
        : attributes.listxattr(this.#handle(owner.fd), address, LARGEST_SIZE),
    );
    return length < 0 ? length : splitNames(this.#value.bytes.subarray(0, length));
  }

  /** A copy of one value. */
  get(owner: AttributeOwner, name: string): Uint8Array<ArrayBuffer> | number {
    const { attributes } = this.#context;
    const key = this.#name.put(name);
    const { address, bytes } = this.#value;
    const length = this.#context.result(
      owner.kind === "file"
        ? attributes.fgetxattr(owner.fd, key, address, LARGEST_SIZE)
        : owner.kind === "entry"
        ? attributes.lgetxattr(this.#entry(owner), key, address, LARGEST_SIZE)
        : attributes.getxattr(this.#handle(owner.fd), key, address, LARGEST_SIZE),
    );
    return length < 0 ? length : bytes.slice(0, length);
  }

  /** Sets one value, new or not. */
  set(owner: AttributeTarget, name: string, value: Uint8Array): number {
    const { attributes } = this.#context;
    const key = this.#name.put(name);
    return this.#context.result(
      owner.kind === "file"
        ? attributes.fsetxattr(owner.fd, key, value, BigInt(value.length), 0)
        : attributes.lsetxattr(this.#entry(owner), key, value, BigInt(value.length), 0),
    );
  }

  remove(owner: AttributeTarget, name: string): number {
    const { attributes } = this.#context;
    const key = this.#name.put(name);
    return this.#context.result(
      owner.kind === "file"
        ? attributes.fremovexattr(owner.fd, key)
        : attributes.lremovexattr(this.#entry(owner), key),
    );
  }

  #entry(owner: { directory: number; name: string }): Address {
    return this.#path.put(`/proc/self/fd/${owner.directory}/${owner.name}`);
  }

  #handle(fd: number): Address {
    return this.#path.put(`/proc/self/fd/${fd}`);
  }
}

/** Whose attributes can be changed. */
export type AttributeTarget = Exclude<AttributeOwner, { kind: "handle" }>;

function splitNames(list: Uint8Array): string[] {
  const names: string[] = [];
  for (let start = 0; start < list.length;) {
    const end = list.indexOf(0, start);
    names.push(decodeName(list.subarray(start, end)));
    start = end + 1;
  }
  return names;
}
