import type { CallContext } from "./context.ts";
import { Errno } from "./errno.ts";
import { At, openFlags, STAT_BYTES, StatWord, SystemCall } from "./flags.ts";
import { type Address, NativeMemory, PATH_MAX, TextSlot } from "./memory.ts";
import { TIMES_BYTES, writeTimes } from "./times.ts";

/** `STATX_BASIC_STATS`: what `struct stat` has. */
const BASIC_STATS = 0x7ff;

const TYPE_MASK = 0o170000, LINK_TYPE = 0o120000;

/** Bytes of `struct open_how`. */
const OPEN_HOW_BYTES = 24;

/**
 * Calls on a name within an open directory. Names are addresses of NUL-terminated strings (see
 * `TextSlot`); results are ≥ 0, or a negated error number.
 */
export class EntryCalls {
  readonly #context: CallContext;
  readonly #how: NativeMemory;
  readonly #howWords: Uint32Array;
  readonly #stat: NativeMemory;
  readonly #times: NativeMemory;
  readonly #timeWords: Uint32Array;
  readonly #target: NativeMemory;
  readonly #handlePath: TextSlot;
  readonly #mknodat: bigint;
  readonly #pathOnly: number;
  #hasFchmodat2 = true;
  /** `struct statx` of the last {@linkcode statx} as 32-bit words; see `StatWord`. */
  readonly stat: Uint32Array;

  constructor(context: CallContext) {
    const { calls, arch } = this.#context = context;
    this.#how = new NativeMemory(calls, OPEN_HOW_BYTES);
    this.#howWords = this.#how.words();
    this.#stat = new NativeMemory(calls, STAT_BYTES);
    this.stat = this.#stat.words();
    this.#times = new NativeMemory(calls, TIMES_BYTES);
    this.#timeWords = this.#times.words();
    this.#target = new NativeMemory(calls, PATH_MAX);
    this.#handlePath = new TextSlot(calls);
    this.#mknodat = SystemCall.mknodat[arch];
    const flags = openFlags(arch);
    this.#pathOnly = flags.path | flags.noFollow | flags.closeOnExec;
  }

  /** Opens; `permissions` count only when the flags create. Repeats an interrupted open. */
  openat(directory: number, name: Address, flags: number, permissions = 0): number {
    for (;;) {
      const fd = this.#context.calls.openat(directory, name, flags, permissions);
      if (fd >= 0) return fd;
      const errno = this.#context.errno();
      if (errno !== Errno.EINTR) return -errno;
    }
  }

  /** Opens with the kernel's own confinement; `resolve` is of `Resolve`. */
  openat2(directory: number, name: Address, flags: number, resolve: number): number {
    this.#howWords[0] = flags;
    this.#howWords[4] = resolve;
    for (;;) {
      const { calls } = this.#context;
      const fd = calls.syscall(
        SystemCall.openat2,
        BigInt(directory),
        name,
        this.#how.address,
        BigInt(OPEN_HOW_BYTES),
      );
      if (fd >= 0) return fd;
      const errno = this.#context.errno();
      if (errno !== Errno.EINTR) return -errno;
    }
  }

  /** Fills {@linkcode stat}. `flags` of `At`; links are followed unless `noFollow` is set. */
  statx(directory: number, name: Address, flags: number): number {
    return this.#context.result(
      this.#context.calls.statx(directory, name, flags, BASIC_STATS, this.#stat.address),
    );
  }

  /** Makes a directory; the process's umask applies. */
  mkdirat(directory: number, name: Address, permissions: number): number {
    return this.#context.result(this.#context.changes.mkdirat(directory, name, permissions));
  }

  /** Removes a name; a directory only with `At.removeDirectory`. */
  unlinkat(directory: number, name: Address, flags: number): number {
    return this.#context.result(this.#context.changes.unlinkat(directory, name, flags));
  }

  /** Renames atomically; `flags` of `Rename`. */
  renameat2(directory: number, name: Address, toDirectory: number, to: Address, flags = 0): number {
    const { changes } = this.#context;
    return this.#context.result(changes.renameat2(directory, name, toDirectory, to, flags));
  }

  /** Gives a file (a link itself, not its referent) a second name. */
  linkat(directory: number, name: Address, toDirectory: number, to: Address): number {
    return this.#context.result(
      this.#context.changes.linkat(directory, name, toDirectory, to, 0),
    );
  }

  /**
   * Gives an open file without a name one. What a system asks for to do it by the descriptor
   * (before Linux 6.10 a capability) isn't needed for its path in `/proc`.
   */
  linkFile(fd: number, directory: number, name: Address): number {
    const { changes } = this.#context;
    const itself = this.#handlePath.put("");
    const result = this.#context.result(changes.linkat(fd, itself, directory, name, At.emptyPath));
    if (result !== -Errno.ENOENT && result !== -Errno.EPERM) return result;
    const path = this.#handlePath.put(handlePath(fd));
    return this.#context.result(
      changes.linkat(At.currentDirectory, path, directory, name, At.follow),
    );
  }

  symlinkat(target: Address, directory: number, name: Address): number {
    return this.#context.result(this.#context.changes.symlinkat(target, directory, name));
  }

  /** The bytes of a link's target, valid until the next call; or a negated error number. */
  readlinkat(directory: number, name: Address): Uint8Array | number {
    const { bytes, address } = this.#target;
    const length = this.#context.calls.readlinkat(directory, name, address, BigInt(bytes.length));
    if (length < 0) return -this.#context.errno();
    return length < bytes.length ? bytes.subarray(0, length) : -Errno.ENAMETOOLONG;
  }

  /** Makes a fifo, socket or device node; `mode` carries type and permissions. */
  mknodat(directory: number, name: Address, mode: number, major: number, minor: number): number {
    // The kernel's own 32-bit device number (`new_encode_dev`): 12 bits of major, 20 of minor.
    const device = ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
    return this.#context.result(
      this.#context.calls.syscall(
        this.#mknodat,
        BigInt(directory),
        name,
        BigInt(mode),
        BigInt(device),
      ),
    );
  }

  /** Sets owner and group, −1 leaving one alone, of the entry itself. */
  fchownat(directory: number, name: Address, uid: number, gid: number): number {
    return this.#context.result(
      this.#context.changes.fchownat(directory, name, uid >>> 0, gid >>> 0, At.noFollow),
    );
  }

  /** Sets the permissions of the entry itself; `EOPNOTSUPP` on a symbolic link. */
  fchmodat(directory: number, name: Address, permissions: number): number {
    if (this.#hasFchmodat2) {
      const result = this.#context.result(
        this.#context.calls.syscall(
          SystemCall.fchmodat2,
          BigInt(directory),
          name,
          BigInt(permissions),
          BigInt(At.noFollow),
        ),
      );
      if (result !== -Errno.ENOSYS) return result;
      this.#hasFchmodat2 = false;
    }
    return this.#chmodHandle(directory, name, permissions);
  }

  /** Before Linux 6.6: through a handle that can't be swapped, as the C library does it. */
  #chmodHandle(directory: number, name: Address, permissions: number): number {
    const fd = this.openat(directory, name, this.#pathOnly);
    if (fd < 0) return fd;
    const { calls, changes } = this.#context;
    let result = this.statx(fd, this.#handlePath.put(""), At.emptyPath);
    if (result >= 0) {
      // Some file systems would change a link's mode by mistake.
      const isLink = (this.stat[StatWord.mode] & TYPE_MASK) === LINK_TYPE;
      result = isLink
        ? -Errno.EOPNOTSUPP
        : this.#context.result(changes.chmod(this.#handlePath.put(handlePath(fd)), permissions));
    }
    calls.close(fd);
    return result;
  }

  /** Sets the modification time of the entry itself; the access time stays. */
  utimensat(directory: number, name: Address, seconds: number, nanoseconds: number): number {
    writeTimes(this.#timeWords, seconds, nanoseconds);
    return this.#context.result(
      this.#context.changes.utimensat(directory, name, this.#times.address, At.noFollow),
    );
  }
}

function handlePath(fd: number): string {
  return `/proc/self/fd/${fd}`;
}
