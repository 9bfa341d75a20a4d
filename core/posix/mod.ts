/**
 * The libc layer: a thin, typed door to the C library's file calls on Linux, for what Deno's own
 * calls lack (confined opening, nanosecond times, bulk `statx`, attributes, holes, Landlock).
 * Nothing else in Orbit calls `Deno.dlopen`.
 *
 * Calls return what the system call returns, or the negated error number; {@linkcode check} turns
 * that into an `OrbitError`. Everything is synchronous and belongs to the thread that opened it.
 *
 * @module
 */
export {
  type AttributeCalls,
  type AttributeOwner,
  type AttributeTarget,
} from "./attribute_calls.ts";
export { libcCandidates } from "./candidates.ts";
export { type EntryCalls } from "./entry_calls.ts";
export { check, Errno, errnoName, failure } from "./errno.ts";
export { type FileCalls, type FileSystemFacts } from "./file_calls.ts";
export {
  Advice,
  Allocate,
  type Arch,
  At,
  ListedType,
  type OpenFlags,
  openFlags,
  Rename,
  Resolve,
  Seek,
  StatWord,
} from "./flags.ts";
export { landlockAbi, type LandlockRoots, restrictToRoots } from "./landlock.ts";
export { type Libc } from "./libc.ts";
export { type Address, NativeMemory, PATH_MAX, TextSlot } from "./memory.ts";
export { type LibcOpening, openLibc } from "./open.ts";
