/** Small files of a program's own state, replaced as a whole or added to. */
import { OrbitError } from "#core/errors.ts";
import type { Tree } from "./disk.ts";
import { checkName } from "./relative_path.ts";

/** The most bytes of one file: state is small, and travels in one message. */
export const MAX_STATE_BYTES = 16 * 1024 * 1024;

/** The files directly in a directory, whose names don't start with a dot. */
export class StateStore {
  constructor(readonly tree: Tree) {}

  /**
   * A file's content; null when there is none.
   *
   * @throws `exhausted` when it is larger than {@linkcode MAX_STATE_BYTES}.
   */
  read(name: string): Uint8Array<ArrayBuffer> | null {
    checkStateName(name);
    if (this.tree.facts(name) === null) return null;
    using file = this.tree.openFile(name);
    const { size } = file.facts();
    checkSize("read", name, size);
    const bytes = new Uint8Array(size);
    return bytes.subarray(0, file.read(bytes, 0));
  }

  /** Replaces a file, mode 0600. When it returns, the new content survives a loss of power. */
  write(name: string, bytes: Uint8Array): void {
    checkStateName(name);
    checkSize("write", name, bytes.length);
    const staged = `.${name}.new`;
    if (this.tree.facts(staged) !== null) this.tree.removeFile(staged);
    try {
      using file = this.tree.createFile(staged);
      file.write(bytes, 0);
      file.sync();
    } catch (error) {
      this.#discard(staged);
      throw error;
    }
    this.tree.rename(staged, name);
    this.tree.syncDirectory("");
  }

  /** Adds to the end of a file that exists. When it returns, that survives a loss of power. */
  append(name: string, bytes: Uint8Array): void {
    checkStateName(name);
    using file = this.tree.openForWriting(name);
    const { size } = file.facts();
    checkSize("append to", name, size + bytes.length);
    file.write(bytes, size);
    file.sync();
  }

  /** Removes a file, if there is one. */
  remove(name: string): void {
    checkStateName(name);
    if (this.tree.facts(name) === null) return;
    this.tree.removeFile(name);
    this.tree.syncDirectory("");
  }

  /** Names of the files, sorted. */
  list(): string[] {
    using listing = this.tree.list("");
    const names = Array.from({ length: listing.count }, (_, index) => index)
      .filter((index) => listing.isDirectory(index) !== true)
      .map((index) => listing.name(index));
    return names.filter((name) => !name.startsWith("."));
  }

  #discard(staged: string): void {
    try {
      this.tree.removeFile(staged);
    } catch {
      // The next write of this file removes it; why this one failed is what the caller has to know.
    }
  }
}

function checkStateName(name: string): void {
  checkName(name);
  if (name.startsWith(".") || name.length > 200) {
    const reason = "a state file's name doesn't start with a dot and has at most 200 characters";
    throw new OrbitError("invalid", `use ${JSON.stringify(name)}: ${reason}`);
  }
}

function checkSize(action: string, name: string, bytes: number): void {
  if (bytes <= MAX_STATE_BYTES) return;
  const reason = `a state file has at most ${MAX_STATE_BYTES} bytes, this one ${bytes}`;
  throw new OrbitError("exhausted", `${action} ${JSON.stringify(name)}: ${reason}`);
}
