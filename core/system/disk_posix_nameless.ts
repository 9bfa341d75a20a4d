/** Files without a name (`O_TMPFILE`) of the posix driver. */
import { check, Errno } from "#core/posix/mod.ts";
import type { FileHandle, NamelessFiles } from "./disk.ts";
import type { TreeDoor } from "./disk_posix_door.ts";
import { type Birth, PosixFile } from "./disk_posix_file.ts";
import type { DiskParts } from "./disk_posix_parts.ts";
import { checkEntryPath, parentOf } from "./relative_path.ts";

/** What the directory itself is called within it. */
const SELF = ".";

/** What a system says that makes no such files, or gives them no names. */
const UNABLE: readonly number[] = [
  -Errno.EOPNOTSUPP,
  -Errno.EISDIR,
  -Errno.EINVAL,
  -Errno.ENOSYS,
  -Errno.EXDEV,
  -Errno.EPERM,
];

/** The nameless files of one tree. */
export class PosixNamelessFiles implements NamelessFiles {
  readonly #parts: DiskParts;
  readonly #door: TreeDoor;
  /** What `#birth` is true of. */
  #alike = "";
  #birth: Birth = {};

  constructor(parts: DiskParts, door: TreeDoor) {
    this.#parts = parts;
    this.#door = door;
  }

  create(path: string, permissions: number): FileHandle | null {
    if (!this.#parts.abilities.nameless) return null;
    checkEntryPath(path);
    const { libc, store } = this.#parts;
    const flags = libc.open.readWrite | libc.open.temporary | libc.open.closeOnExec;
    const fd = this.#door.call(
      path,
      (directory) => libc.entries.openat(directory, libc.name(SELF), flags, permissions & 0o777),
    );
    if (UNABLE.includes(fd)) return this.#giveUp(null);
    return new PosixFile(
      libc,
      store,
      check(fd, "create", path),
      path,
      this.#birthOf(path, permissions),
    );
  }

  /** Files of the same permissions, made in a directory as it was opened once, come out alike. */
  #birthOf(path: string, permissions: number): Birth {
    const alike = `${permissions} ${this.#door.parent.openings} ${parentOf(path)}`;
    if (alike !== this.#alike) {
      this.#alike = alike;
      this.#birth = {};
    }
    return this.#birth;
  }

  name(file: FileHandle, path: string): boolean {
    checkEntryPath(path);
    const fd = file instanceof PosixFile ? file.descriptor : -1;
    const { entries } = this.#parts.libc;
    const result = this.#door.call(
      path,
      (directory, name) => entries.linkFile(fd, directory, name),
    );
    if (UNABLE.includes(result) || result === -Errno.ENOENT) return this.#giveUp(false);
    check(result, "name", path);
    return true;
  }

  /** What failed once would fail for every file of this disk. */
  #giveUp<Answer>(answer: Answer): Answer {
    this.#parts.abilities.nameless = false;
    return answer;
  }
}
