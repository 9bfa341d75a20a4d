/**
 * Landlock (Linux 5.13 and later): a thread gives up, for good, every file right that it doesn't
 * name. See `Documentation/userspace-api/landlock.rst`.
 */
import { OrbitError } from "#core/errors.ts";
import { check } from "./errno.ts";
import { At, StatWord, SystemCall } from "./flags.ts";
import type { Libc } from "./libc.ts";

/** `LANDLOCK_ACCESS_FS_…`. */
const Right = {
  execute: 1 << 0,
  writeFile: 1 << 1,
  readFile: 1 << 2,
  readDirectory: 1 << 3,
  /** Bits 4 to 12: removing and making entries of every kind. */
  changeEntries: 0x1ff << 4,
  /** Linking and renaming across directories; ABI 2. */
  refer: 1 << 13,
  /** ABI 3. */
  truncate: 1 << 14,
  /** ABI 5. */
  deviceControl: 1 << 15,
} as const;

const READ = Right.readFile | Right.readDirectory;
const WRITE = Right.writeFile | Right.changeEntries | Right.refer | Right.truncate;
/** Rights that a rule on something other than a directory may name. */
const ON_FILES = Right.execute | Right.writeFile | Right.readFile | Right.truncate;

/** `LANDLOCK_ACCESS_NET_…`: binding and connecting TCP sockets; ABI 4. No rule grants them. */
const NETWORK = 0b11;
/** `LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET`: connecting to sockets of threads outside; ABI 6. */
const ABSTRACT_SOCKETS = 0b1;

const ASK_VERSION = 1n;
const PATH_BENEATH = 1n;
const PR_SET_NO_NEW_PRIVS = 38;
const DIRECTORY_TYPE = 0o040000;
const TYPE_MASK = 0o170000;

/** The first version that can allow a rename between two directories. */
const LEAST_ABI = 2;

/** The paths that stay usable, each with everything beneath it. */
export interface LandlockRoots {
  /** May be read. */
  read: readonly string[];
  /** May be changed; what is to be read as well is named in both. */
  write: readonly string[];
}

/** The version of Landlock that the kernel has on, 0 for none. */
export function landlockAbi(libc: Libc): number {
  const { calls } = libc.context;
  return Math.max(0, calls.syscall(SystemCall.landlockCreateRuleset, 0n, 0n, ASK_VERSION, 0n));
}

/**
 * Holds the calling thread, for the rest of its life, to reading beneath the `read` paths and
 * writing beneath the `write` paths (which grants no reading). Nothing can be executed, and as far
 * as the kernel can withhold it, no TCP and no abstract socket used. Covers what the thread itself
 * asks the system for, and the threads that it starts from then on: libc calls and Deno's
 * synchronous calls, not Deno's asynchronous ones, which run on threads that may be older.
 *
 * What is already open stays usable. Links are resolved when it is called. Calling it again narrows
 * further, at most 16 times. A file can be renamed or linked into another directory only if that
 * directory grants no more than the one it comes from (`EXDEV` otherwise). Not covered: `stat`,
 * and changing mode, owner, times and attributes.
 *
 * @returns The version of Landlock in force.
 * @throws {OrbitError} `unsupported` when the kernel's Landlock is off or too old; `not_found`
 *   when a path doesn't exist. Nothing is restricted then.
 */
export function restrictToRoots(libc: Libc, roots: LandlockRoots): number {
  const abi = landlockAbi(libc);
  if (abi < LEAST_ABI) {
    throw new OrbitError("unsupported", `restrict "thread": Landlock version ${abi}`, {
      detail: { errno: "EOPNOTSUPP" },
    });
  }
  const handled = handledRights(abi);
  const ruleset = createRuleset(libc, abi, handled);
  try {
    for (const path of roots.read) allow(libc, ruleset, path, READ & handled);
    for (const path of roots.write) allow(libc, ruleset, path, WRITE & handled);
    enforce(libc, ruleset);
  } finally {
    libc.files.close(ruleset);
  }
  return abi;
}

/** What a kernel of this version can withhold. */
function handledRights(abi: number): number {
  let rights = Right.execute | READ | Right.writeFile | Right.changeEntries | Right.refer;
  if (abi >= 3) rights |= Right.truncate;
  if (abi >= 5) rights |= Right.deviceControl;
  return rights;
}

function createRuleset(libc: Libc, abi: number, handled: number): number {
  // `struct landlock_ruleset_attr`: 64 bits each of file rights, network rights and scopes.
  const attribute = libc.allocate(abi >= 6 ? 24 : abi >= 4 ? 16 : 8);
  const words = attribute.words();
  words[0] = handled;
  if (abi >= 4) words[2] = NETWORK;
  if (abi >= 6) words[4] = ABSTRACT_SOCKETS;
  const { context } = libc;
  const { address, bytes } = attribute;
  const result = context.result(
    context.calls.syscall(SystemCall.landlockCreateRuleset, address, BigInt(bytes.length), 0n, 0n),
  );
  return check(result, "restrict", "thread");
}

function allow(libc: Libc, ruleset: number, path: string, rights: number): void {
  const { open, entries, files, context } = libc;
  const flags = open.path | open.closeOnExec;
  const fd = check(
    entries.openat(At.currentDirectory, libc.name(path), flags),
    "allow",
    path,
  );
  try {
    check(entries.statx(fd, libc.name(""), At.emptyPath), "allow", path);
    const isDirectory = (entries.stat[StatWord.mode] & TYPE_MASK) === DIRECTORY_TYPE;
    // `struct landlock_path_beneath_attr` is packed: 64 bits of rights, then the descriptor.
    const rule = libc.allocate(12);
    const words = rule.words();
    words[0] = isDirectory ? rights : rights & ON_FILES;
    words[2] = fd;
    const { calls } = context;
    const result = context.result(
      calls.syscall(SystemCall.landlockAddRule, BigInt(ruleset), PATH_BENEATH, rule.address, 0n),
    );
    check(result, "allow", path);
  } finally {
    files.close(fd);
  }
}

function enforce(libc: Libc, ruleset: number): void {
  const { context } = libc;
  const { calls } = context;
  check(context.result(calls.prctl(PR_SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n)), "restrict", "thread");
  const result = context.result(
    calls.syscall(SystemCall.landlockRestrictSelf, BigInt(ruleset), 0n, 0n, 0n),
  );
  check(result, "restrict", "thread");
}
