import type { Libc } from "#core/posix/mod.ts";
import type { AttributeStore } from "./disk_posix_attributes.ts";
import type { Opener } from "./disk_posix_open.ts";
import type { DirectoryReader } from "./disk_posix_reader.ts";

/** What the trees of one posix disk share. */
export interface DiskParts {
  readonly libc: Libc;
  readonly opener: Opener;
  readonly reader: DirectoryReader;
  readonly store: AttributeStore;
  /** What was found missing is not tried again. */
  readonly abilities: { nameless: boolean };
}
