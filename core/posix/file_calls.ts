import type { CallContext } from "./context.ts";
import { Errno } from "./errno.ts";
import { NativeMemory } from "./memory.ts";
import { TIMES_BYTES, writeTimes } from "./times.ts";

/** The most bytes one call is asked for, so that every count fits in 32 bits. */
const LARGEST_PIECE = 2 ** 30;

/** 64-bit words of `struct statfs` (the struct is 120 bytes). */
const StatfsWord = {
  type: 0,
  blocks: 2,
  availableBlocks: 4,
  files: 5,
  freeFiles: 6,
  fragmentSize: 9,
} as const;

/** Facts of a mounted file system. */
export interface FileSystemFacts {
  /** The magic number of its type, such as `0x6969` for NFS (`statfs(2)`). */
  type: number;
  totalBytes: number;
  /** Bytes that an unprivileged writer may still use. */
  freeBytes: number;
  /** Inodes it counts; 0 when it makes them as needed and counts none. */
  inodes: number;
  freeInodes: number;
}

/** Calls on an open file. Results are ≥ 0, or a negated error number. */
export class FileCalls {
  readonly #context: CallContext;
  readonly #times: NativeMemory;
  readonly #timeWords: Uint32Array;
  readonly #offsets: NativeMemory;
  readonly #offsetWords: BigInt64Array;

  constructor(context: CallContext) {
    this.#context = context;
    this.#times = new NativeMemory(context.calls, TIMES_BYTES);
    this.#timeWords = this.#times.words();
    this.#offsets = new NativeMemory(context.calls, 16);
    this.#offsetWords = new BigInt64Array(this.#offsets.bytes.buffer);
  }

  /** Closes. A failure is not reported: the descriptor is gone either way. */
  close(fd: number): void {
    this.#context.calls.close(fd);
  }

  /** Fills memory with directory records (`struct linux_dirent64`); 0 at the end. */
  getdents64(fd: number, into: NativeMemory): number {
    return this.#context.result(
      this.#context.calls.getdents64(fd, into.address, BigInt(into.bytes.length)),
    );
  }

  /** Reads until `into` is full or the file ends; interrupted and short reads go on. */
  pread(fd: number, into: Uint8Array, position: number): number {
    let done = 0;
    while (done < into.length) {
      const rest = pieceOf(into, done);
      const count = this.#context.content.pread(
        fd,
        rest,
        BigInt(rest.length),
        BigInt(position + done),
      );
      if (count === 0) break;
      if (count > 0) {
        done += count;
      } else {
        const errno = this.#context.errno();
        if (errno !== Errno.EINTR) return -errno;
      }
    }
    return done;
  }

  /** Writes all of `from`; interrupted and short writes go on. */
  pwrite(fd: number, from: Uint8Array, position: number): number {
    let done = 0;
    while (done < from.length) {
      const rest = pieceOf(from, done);
      const count = this.#context.content.pwrite(
        fd,
        rest,
        BigInt(rest.length),
        BigInt(position + done),
      );
      if (count === 0) return -Errno.EIO;
      if (count > 0) {
        done += count;
      } else {
        const errno = this.#context.errno();
        if (errno !== Errno.EINTR) return -errno;
      }
    }
    return done;
  }

  /** Copies within the kernel, at most 1 GiB a call; 0 at the end of the source. */
  copyFileRange(from: number, fromAt: number, to: number, toAt: number, length: number): number {
    this.#offsetWords[0] = BigInt(fromAt);
    this.#offsetWords[1] = BigInt(toAt);
    const { address } = this.#offsets;
    const count = BigInt(Math.min(length, LARGEST_PIECE));
    return this.#context.result(
      this.#context.content.copy_file_range(from, address, to, address + 8n, count, 0),
    );
  }

  /** Moves the file's offset; `whence` of `Seek`. */
  lseek(fd: number, position: number, whence: number): number {
    const at = Number(this.#context.content.lseek(fd, BigInt(position), whence));
    return at >= 0 ? at : -this.#context.errno();
  }

  /** Reserves or frees space; `mode` of `Allocate`, 0 to reserve and grow. */
  fallocate(fd: number, mode: number, position: number, length: number): number {
    return this.#repeat(() =>
      this.#context.content.fallocate(fd, mode, BigInt(position), BigInt(length))
    );
  }

  ftruncate(fd: number, size: number): number {
    return this.#repeat(() => this.#context.content.ftruncate(fd, BigInt(size)));
  }

  fchmod(fd: number, permissions: number): number {
    return this.#context.result(this.#context.changes.fchmod(fd, permissions));
  }

  /** Sets owner and group, −1 leaving one alone. */
  fchown(fd: number, uid: number, gid: number): number {
    return this.#context.result(this.#context.changes.fchown(fd, uid >>> 0, gid >>> 0));
  }

  /** Sets the modification time; the access time stays. */
  futimens(fd: number, seconds: number, nanoseconds: number): number {
    writeTimes(this.#timeWords, seconds, nanoseconds);
    return this.#context.result(this.#context.changes.futimens(fd, this.#times.address));
  }

  /** Waits until data and metadata are on stable storage. */
  fsync(fd: number): number {
    return this.#repeat(() => this.#context.changes.fsync(fd));
  }

  /** Waits until data, and what is needed to find it, are on stable storage. */
  fdatasync(fd: number): number {
    return this.#repeat(() => this.#context.changes.fdatasync(fd));
  }

  /** Tells the kernel how a range (length 0: to the end) will be used; see `Advice`. */
  posixFadvise(fd: number, position: number, length: number, advice: number): number {
    // This one returns its error number instead of setting `errno`.
    return 0 - this.#context.content.posix_fadvise(fd, BigInt(position), BigInt(length), advice);
  }

  /** Facts of the file system that the file is on. */
  fstatfs(fd: number): FileSystemFacts | number {
    const memory = new NativeMemory(this.#context.calls, 120);
    const result = this.#context.content.fstatfs(fd, memory.address);
    if (result < 0) return -this.#context.errno();
    const words = new BigUint64Array(memory.bytes.buffer);
    const unit = Number(words[StatfsWord.fragmentSize]);
    return {
      type: Number(words[StatfsWord.type]),
      totalBytes: Number(words[StatfsWord.blocks]) * unit,
      freeBytes: Number(words[StatfsWord.availableBlocks]) * unit,
      inodes: Number(words[StatfsWord.files]),
      freeInodes: Number(words[StatfsWord.freeFiles]),
    };
  }

  #repeat(call: () => number): number {
    for (;;) {
      const result = this.#context.result(call());
      if (result !== -Errno.EINTR) return result;
    }
  }
}

/** What is left of a buffer, as the caller's own view when that is all of it. */
function pieceOf(bytes: Uint8Array, done: number): Uint8Array {
  if (done === 0 && bytes.length <= LARGEST_PIECE) return bytes;
  return bytes.subarray(done, done + LARGEST_PIECE);
}
