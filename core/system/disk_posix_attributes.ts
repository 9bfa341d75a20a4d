/** Which extended attributes the posix driver lists, and how a set of them is replaced. */
import { systemError } from "#core/errors.ts";
import { compareNames } from "#core/names.ts";
import {
  At,
  type AttributeOwner,
  type AttributeTarget,
  check,
  Errno,
  failure,
  type Libc,
} from "#core/posix/mod.ts";
import type { AttributeSelection } from "./disk.ts";
import type { Attributes } from "./scan_batch.ts";

const ACL_NAMES = ["system.posix_acl_access", "system.posix_acl_default"];

/** Labels that belong to one machine's policy or keys, and mean nothing on another. */
const MACHINE_LABELS =
  /^security\.(selinux|ima|evm|apparmor|SMACK64(EXEC|MMAP|IPIN|IPOUT|TRANSMUTE)?)$/;

/**
 * Reads and replaces attributes. Listed are `user.*` and ACLs, and for root also `trusted.*` and
 * `security.*` without the machine's own labels, as `rsync -X` has it.
 */
export class AttributeStore {
  readonly #libc: Libc;
  readonly #isRoot: boolean;
  /** Entries that aren't open are reached through `/proc`, which a container may lack. */
  readonly isAvailable: boolean;

  constructor(libc: Libc) {
    this.#libc = libc;
    const handles = libc.name("/proc/self/fd");
    this.isAvailable = libc.entries.statx(At.currentDirectory, handles, 0) >= 0;
    this.#isRoot = libc.effectiveUser() === 0;
  }

  /** The selected attributes, sorted by name. A file system that has none gives none. */
  read(owner: AttributeOwner, selection: AttributeSelection, path: string): Attributes {
    if (selection === "none") return [];
    const found: [string, Uint8Array][] = [];
    for (const name of this.#names(owner, path)) {
      if (!this.#isListed(name) || !isSelected(name, selection)) continue;
      const value = this.#libc.attributes.get(owner, name);
      if (typeof value !== "number") found.push([name, value]);
      // Removed since it was listed, or listed but not stored (an ACL that is no more than a mode).
      else if (value !== -Errno.ENODATA && value !== -Errno.EOPNOTSUPP) {
        throw failure(value, `read attribute ${name} of`, path);
      }
    }
    return found.sort((a, b) => compareNames(a[0], b[0]));
  }

  /** Sets the given attributes and removes every other listed one of the selected kind. */
  replace(
    target: AttributeTarget,
    wanted: Attributes,
    selection: AttributeSelection,
    path: string,
  ): void {
    for (const [name] of wanted) {
      if (!this.#isListed(name)) throw systemError("EOPNOTSUPP", `set attribute ${name} of`, path);
    }
    const kept = new Set(wanted.map(([name]) => name));
    for (const name of this.#names(target, path)) {
      if (kept.has(name) || !this.#isListed(name) || !isSelected(name, selection)) continue;
      const result = this.#libc.attributes.remove(target, name);
      if (result !== -Errno.ENODATA) check(result, `remove attribute ${name} of`, path);
    }
    for (const [name, value] of wanted) {
      check(this.#libc.attributes.set(target, name, value), `set attribute ${name} of`, path);
    }
  }

  #names(owner: AttributeOwner, path: string): string[] {
    if (!this.isAvailable) throw systemError("EOPNOTSUPP", "list attributes of", path);
    const names = this.#libc.attributes.list(owner);
    if (typeof names !== "number") return names;
    if (names === -Errno.EOPNOTSUPP) return [];
    throw failure(names, "list attributes of", path);
  }

  #isListed(name: string): boolean {
    if (name.startsWith("user.") || ACL_NAMES.includes(name)) return true;
    if (!this.#isRoot) return false;
    return name.startsWith("trusted.") ||
      (name.startsWith("security.") && !MACHINE_LABELS.test(name));
  }
}

function isSelected(name: string, selection: AttributeSelection): boolean {
  return selection === "all" || (selection === "acl") === ACL_NAMES.includes(name);
}
