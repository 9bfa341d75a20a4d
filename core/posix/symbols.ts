/**
 * The C functions that are called, declared so that V8's fast calls apply: plain integers and
 * buffers only. Results that fit (counts are capped at 1 GiB) come back as `i32`, which needs no
 * BigInt; the rest of the result register is not looked at.
 */

/** What every thread needs, which also is what listing a tree needs. */
const START = {
  /** Only the GNU library has it: opening anything else under its name fails. */
  gnu_get_libc_version: { parameters: [], result: "pointer" },
  __errno_location: { parameters: [], result: "usize" },
  memcpy: { parameters: ["usize", "usize", "usize"], result: "void" },
  /** Returns its first argument: the way to a buffer's address. */
  addressOf: { name: "memmove", parameters: ["buffer", "usize", "usize"], result: "usize" },
  syscall: {
    parameters: ["i64", "i64", "i64", "i64", "i64"],
    result: "i32",
  },
  prctl: { parameters: ["i32", "u64", "u64", "u64", "u64"], result: "i32" },
  geteuid: { parameters: [], result: "u32" },
  getegid: { parameters: [], result: "u32" },
  getgroups: { parameters: ["i32", "usize"], result: "i32" },

  openat: { parameters: ["i32", "usize", "i32", "u32"], result: "i32" },
  statx: { parameters: ["i32", "usize", "i32", "u32", "usize"], result: "i32" },
  readlinkat: { parameters: ["i32", "usize", "usize", "usize"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  /** The youngest of all that are called (glibc 2.30): where it is, the others are. */
  getdents64: { parameters: ["i32", "usize", "usize"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** What files hold. */
const CONTENT = {
  memcmp: { parameters: ["buffer", "buffer", "usize"], result: "i32" },
  pread: { parameters: ["i32", "buffer", "usize", "i64"], result: "i32" },
  pwrite: { parameters: ["i32", "buffer", "usize", "i64"], result: "i32" },
  copy_file_range: {
    parameters: ["i32", "usize", "i32", "usize", "usize", "u32"],
    result: "i32",
  },
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" },
  fallocate: { parameters: ["i32", "i32", "i64", "i64"], result: "i32" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  posix_fadvise: { parameters: ["i32", "i64", "i64", "i32"], result: "i32" },
  fstatfs: { parameters: ["i32", "usize"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Changes to entries and to what is said of files. */
const CHANGES = {
  mkdirat: { parameters: ["i32", "usize", "u32"], result: "i32" },
  unlinkat: { parameters: ["i32", "usize", "i32"], result: "i32" },
  renameat2: { parameters: ["i32", "usize", "i32", "usize", "u32"], result: "i32" },
  linkat: { parameters: ["i32", "usize", "i32", "usize", "i32"], result: "i32" },
  symlinkat: { parameters: ["usize", "i32", "usize"], result: "i32" },
  fchownat: { parameters: ["i32", "usize", "u32", "u32", "i32"], result: "i32" },
  chmod: { parameters: ["usize", "u32"], result: "i32" },
  utimensat: { parameters: ["i32", "usize", "usize", "i32"], result: "i32" },
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
  fchown: { parameters: ["i32", "u32", "u32"], result: "i32" },
  futimens: { parameters: ["i32", "usize"], result: "i32" },
  fsync: { parameters: ["i32"], result: "i32" },
  fdatasync: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Extended attributes. */
const ATTRIBUTES = {
  flistxattr: { parameters: ["i32", "usize", "usize"], result: "i32" },
  fgetxattr: { parameters: ["i32", "usize", "usize", "usize"], result: "i32" },
  fsetxattr: { parameters: ["i32", "usize", "buffer", "usize", "i32"], result: "i32" },
  fremovexattr: { parameters: ["i32", "usize"], result: "i32" },
  llistxattr: { parameters: ["usize", "usize", "usize"], result: "i32" },
  lgetxattr: { parameters: ["usize", "usize", "usize", "usize"], result: "i32" },
  lsetxattr: { parameters: ["usize", "usize", "buffer", "usize", "i32"], result: "i32" },
  lremovexattr: { parameters: ["usize", "usize"], result: "i32" },
  listxattr: { parameters: ["usize", "usize", "usize"], result: "i32" },
  getxattr: { parameters: ["usize", "usize", "usize", "usize"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * Declarations for `Deno.dlopen`, in the groups that are bound at once. Deno compiles a function
 * when it is bound, which takes 0.15 ms each in every thread: most threads need the first alone.
 */
export const SYMBOLS = {
  start: START,
  content: CONTENT,
  changes: CHANGES,
  attributes: ATTRIBUTES,
} as const;

/** Functions that are bound at once. */
export type CallGroup = keyof typeof SYMBOLS;

/** The C functions of a group, callable. */
export type Calls<Group extends CallGroup = "start"> = {
  readonly [Name in keyof (typeof SYMBOLS)[Group]]: Call<(typeof SYMBOLS)[Group][Name]>;
};

/** Binds a group. */
export type BindCalls = <Group extends CallGroup>(group: Group) => Calls<Group>;

/**
 * 64 bits go in as a BigInt only. Deno takes a number as well, but code that V8 optimized for a fast
 * call doesn't: it is thrown away at each such call, compiled anew soon after, and so on for ever.
 */
type Call<Declared> = Declared extends
  { parameters: infer Parameters extends readonly unknown[]; result: infer Returned }
  ? (...values: { -readonly [Index in keyof Parameters]: Value<Parameters[Index]> }) => Result<
    Returned
  >
  : never;

type Value<Type> = Type extends "buffer" ? Uint8Array
  : Type extends "i64" | "u64" | "usize" ? bigint
  : number;

type Result<Type> = Type extends "i32" | "u32" ? number
  : Type extends "i64" | "usize" ? bigint
  : Type extends "pointer" ? Deno.PointerValue
  : void;
