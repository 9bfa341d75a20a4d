/**
 * Numbers of the Linux ABI, from the kernel's `uapi` headers (`fcntl.h`, `openat2.h`, `stat.h`,
 * `fs.h`, `falloc.h`). All but four open flags are the same on x86-64 and AArch64.
 */

/** A processor that the layer's tables cover, as `Deno.build.arch` names it. */
export type Arch = "x86_64" | "aarch64";

/** The `O_…` flags of one processor. */
export type OpenFlags = ReturnType<typeof openFlags>;

const DIFFERING = {
  x86_64: { direct: 0o40000, directory: 0o200000, noFollow: 0o400000 },
  aarch64: { direct: 0o200000, directory: 0o40000, noFollow: 0o100000 },
} as const;

/** The flags of `openat` and `openat2` on the given processor. */
export function openFlags(arch: Arch) {
  const own = DIFFERING[arch];
  return {
    ...COMMON,
    direct: own.direct as number,
    directory: own.directory as number,
    noFollow: own.noFollow as number,
    /** An unnamed file in the directory that is opened; includes the `directory` bit. */
    temporary: 0o20000000 | own.directory,
  };
}

const COMMON = {
  readOnly: 0,
  writeOnly: 1,
  readWrite: 2,
  create: 0o100,
  exclusive: 0o200,
  noControllingTerminal: 0o400,
  truncate: 0o1000,
  append: 0o2000,
  nonBlocking: 0o4000,
  noAccessTime: 0o1000000,
  closeOnExec: 0o2000000,
  path: 0o10000000,
} as const;

/** How `openat2` resolves a path (`RESOLVE_…`). */
export const Resolve = {
  noMountCrossing: 0x01,
  noMagicLinks: 0x02,
  noSymlinks: 0x04,
  beneath: 0x08,
  inRoot: 0x10,
} as const;

/** Flags of the `…at` calls (`AT_…`). */
export const At = {
  /** In place of a directory: the current one. */
  currentDirectory: -100,
  noFollow: 0x100,
  removeDirectory: 0x200,
  follow: 0x400,
  noAutomount: 0x800,
  emptyPath: 0x1000,
} as const;

/** Flags of `renameat2` (`RENAME_…`). */
export const Rename = { noReplace: 1, exchange: 2 } as const;

/** Where `seek` goes (`SEEK_…`). */
export const Seek = { data: 3, hole: 4 } as const;

/** Modes of `fallocate` (`FALLOC_FL_…`). */
export const Allocate = { keepSize: 1, punchHole: 2 } as const;

/** Advice on the use of cached pages (`POSIX_FADV_…`). */
export const Advice = { sequential: 2, willNeed: 3, dontNeed: 4 } as const;

/** Types that a directory listing gives its entries (`DT_…`). */
export const ListedType = { unknown: 0, directory: 4, file: 8 } as const;

/** 32-bit words of `struct statx`, as `EntryCalls.statx` fills them. */
export const StatWord = {
  nlink: 4,
  uid: 5,
  gid: 6,
  /** Type and permissions in the low half; the high half is padding. */
  mode: 7,
  ino: 8,
  size: 10,
  blocks: 12,
  ctime: 24,
  ctimeNs: 26,
  mtime: 28,
  mtimeNs: 30,
  rdevMajor: 32,
  rdevMinor: 33,
  devMajor: 34,
  devMinor: 35,
} as const;

/** Bytes of `struct statx`. */
export const STAT_BYTES = 256;

/** System calls that older C libraries have no function for; `mknodat` differs by processor. */
export const SystemCall = {
  openat2: 437n,
  landlockCreateRuleset: 444n,
  landlockAddRule: 445n,
  landlockRestrictSelf: 446n,
  fchmodat2: 452n,
  mknodat: { x86_64: 259n, aarch64: 33n },
} as const;
