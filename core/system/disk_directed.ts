/**
 * A disk with roots that may only be read beside those that may be written.
 *
 * What lies where is not decided by the text of a path, which links make a liar of: a directory may
 * be written if opening it beneath the writable roots alone leads to the same directory.
 */
import { OrbitError } from "#core/errors.ts";
import type { Disk, Tree } from "./disk.ts";

/**
 * Makes a disk whose trees refuse every change (`denied`) unless `writable` opens them as well.
 *
 * @param disk Everything that may be read.
 * @param writable The same driver with the writable roots alone; null when nothing may be written.
 */
export function createDirectedDisk(disk: Disk, writable: Disk | null): Disk {
  return {
    name: disk.name,
    features: disk.features,
    sameStart: disk.sameStart?.bind(disk),
    allocate: disk.allocate?.bind(disk),
    within: (scope) => {
      const inner = disk.within(scope), writableInner = writable?.within(scope) ?? null;
      return Object.assign(createDirectedDisk(inner, writableInner), {
        [Symbol.dispose]: () => {
          inner[Symbol.dispose]();
          writableInner?.[Symbol.dispose]();
        },
      });
    },
    openTree: (path) => {
      const tree = disk.openTree(path);
      try {
        return writable !== null && opensSame(writable, path, tree) ? tree : readOnly(tree);
      } catch (error) {
        tree[Symbol.dispose]();
        throw error;
      }
    },
  };
}

function opensSame(writable: Disk, path: string, tree: Tree): boolean {
  try {
    using other = writable.openTree(path);
    return identityOf(other) === identityOf(tree);
  } catch (error) {
    if (error instanceof OrbitError) return false; // it leads elsewhere, or just vanished
    throw error;
  }
}

function identityOf(tree: Tree): string | null {
  const facts = tree.facts("");
  return facts && `${facts.devMajor}.${facts.devMinor}:${facts.ino}`;
}

/** The reading half of a tree. */
function readOnly(tree: Tree): Tree {
  return {
    facts: (path) => tree.facts(path),
    list: (path, options) => tree.list(path, options),
    lookUp: (path, names) => tree.lookUp(path, names),
    openFile: (path, options) => tree.openFile(path, options),
    readLink: (path) => tree.readLink(path),
    attributes: (path, selection) => tree.attributes(path, selection),
    space: () => tree.space(),
    openForWriting: refuse,
    createFile: refuse,
    makeDirectory: refuse,
    makeLink: refuse,
    makeSpecial: refuse,
    makeHardLink: (_existing, path) => refuse(path),
    rename: refuse,
    removeFile: refuse,
    removeDirectory: refuse,
    apply: refuse,
    syncDirectory: refuse,
    [Symbol.dispose]: () => tree[Symbol.dispose](),
  };
}

function refuse(path: string): never {
  throw new OrbitError("denied", `change ${JSON.stringify(path)}: its root may only be read`, {
    detail: { path, errno: "EACCES" },
  });
}
