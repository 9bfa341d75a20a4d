/** Telling file systems that a database mustn't lie on from others. */
import { OrbitError } from "#core/errors.ts";
import { At, check, type Libc, openLibc } from "#core/posix/mod.ts";

/** Magic numbers of file systems whose files are elsewhere, or in another process (`statfs(2)`). */
const NETWORK = new Map<number, string>([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "SMB (cifs)"],
  [0xfe534d42, "SMB 2"],
  [0x65735546, "FUSE"],
  [0x01021997, "9P"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x73757245, "Coda"],
  [0x564c, "NCP"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x01161970, "GFS2"],
  [0x7461636f, "OCFS2"],
  [0x19830326, "BeeGFS"],
  [0x47504653, "GPFS"],
  [0x786f4256, "a virtual machine's shared folder"],
]);

/**
 * The magic number of the file system that a folder is on; undefined where the libc layer isn't
 * loaded, and nobody can tell.
 */
export function fileSystemTypeOf(folder: string): number | undefined {
  const opened = openLibc();
  return "libc" in opened ? typeWith(opened.libc, folder) : undefined;
}

function typeWith(libc: Libc, folder: string): number {
  const { path, directory, closeOnExec } = libc.open;
  const fd = check(
    libc.entries.openat(At.currentDirectory, libc.name(folder), path | directory | closeOnExec),
    "open",
    folder,
  );
  try {
    const facts = libc.files.fstatfs(fd);
    return typeof facts === "number" ? check(facts, "statfs", folder) : facts.type;
  } finally {
    libc.files.close(fd);
  }
}

/**
 * Refuses a folder on a network file system: locks there don't hold between machines, so two
 * owners could write one database, and a write that was acknowledged may be lost.
 *
 * @throws {OrbitError} `unsupported`
 */
export function refuseNetworkFileSystem(folder: string, type: number | undefined): void {
  const name = type === undefined ? undefined : NETWORK.get(type);
  if (name === undefined) return;
  throw new OrbitError(
    "unsupported",
    `open the universe in ${JSON.stringify(folder)}: it is on a network file system (${name}), ` +
      "where one owner can't be sure to be the only one; put it on a local disk",
    { detail: { path: folder } },
  );
}
