/** A tree of the pure driver: every operation is checked, done, and checked again. */
import * as fs from "node:fs";
import { attempt, errnoOf } from "#core/deno_errors.ts";
import { decodeNameList, type NameList } from "./name_list.ts";
import { OrbitError, systemError } from "#core/errors.ts";
import type {
  AttributeSelection,
  DirectoryListing,
  FileFacts,
  FileHandle,
  ListOptions,
  Metadata,
  Tree,
} from "./disk.ts";
import { type Identity, isSame, toFacts } from "./disk_pure_facts.ts";
import { PureFile } from "./disk_pure_file.ts";
import { checkHostPath, checkText, type PureJail } from "./disk_pure_jail.ts";
import { PureListing, type PureName } from "./disk_pure_listing.ts";
import { applyToLink, applyToOpen, applyToPath, refuseAttributes } from "./disk_pure_metadata.ts";
import type { PurePlace, PureRoots } from "./disk_pure_roots.ts";
import { checkEntryPath, checkName, joinPath } from "./relative_path.ts";
import type { Attributes } from "./scan_batch.ts";

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL } = fs.constants;
/** Flags that Windows lacks: a link isn't followed, a fifo isn't waited for. */
const careful = (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0);

/** How much earlier than the clock a file system's stamp of a new entry may be, in milliseconds. */
const stampSlackMs = 20;

/** File operations beneath a real directory of the host. */
export class PureTree implements Tree {
  readonly #jail: PureJail;
  readonly #roots: PureRoots;
  readonly #makeSymlink: (target: string, host: string) => void;

  /** @param roots What confines links that are followed. */
  constructor(
    jail: PureJail,
    roots: PureRoots,
    makeSymlink: (target: string, host: string) => void,
  ) {
    this.#jail = jail;
    this.#roots = roots;
    this.#makeSymlink = makeSymlink;
  }

  facts(path: string): FileFacts | null {
    try {
      const info = this.#look("look at", path);
      this.#jail.enter("look at", path);
      return toFacts(info);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return null;
      throw error;
    }
  }

  list(path: string, options: ListOptions = {}): DirectoryListing {
    const action = "list";
    checkHostPath(action, path);
    options.names?.forEach(checkName);
    const asked = { jail: this.#jail, path };
    const place = options.follow ? this.#roots.follow(action, asked) : asked;
    place.jail.enter(action, place.path);
    place.jail.checkDirectory(action, path, place.path);
    const names = options.names
      ? lookUp(path, place, options.names)
      : attempt(action, path, () => [...Deno.readDirSync(place.jail.at(place.path))]);
    place.jail.checkDirectory(action, path, place.path);
    return new PureListing(this.#roots, place, path, names);
  }

  lookUp(path: string, names: NameList): DirectoryListing {
    return this.list(path, { names: decodeNameList(names) });
  }

  openFile(path: string, options: { follow?: boolean } = {}): FileHandle {
    const asked = { jail: this.#jail, path };
    return open("open", path, options.follow ? this.#roots.follow("open", asked) : asked, O_RDONLY);
  }

  openForWriting(path: string): FileHandle {
    return open("open for writing", path, { jail: this.#jail, path }, O_RDWR);
  }

  createFile(path: string): FileHandle {
    const action = "create";
    const host = this.#enterEntry(action, path);
    const flags = O_RDWR | O_CREAT | O_EXCL | careful;
    const fd = attempt(action, path, () => fs.openSync(host, flags, 0o600));
    try {
      this.#keepIfInside(action, path, fs.fstatSync(fd));
      return new PureFile(fd, path, host);
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
  }

  makeDirectory(path: string, permissions: number): void {
    this.#make("make directory", path, (host) => Deno.mkdirSync(host, { mode: permissions }));
  }

  makeLink(path: string, target: string): void {
    checkText("make link", path, target);
    if (target === "" || target.includes("\0")) throw systemError("EINVAL", "make link", path);
    this.#make("make link", path, (host) => this.#makeSymlink(target, host));
  }

  readLink(path: string): string {
    const host = this.#jail.enter("read link", path);
    const target = attempt("read link", path, () => Deno.readLinkSync(host));
    this.#jail.enter("read link", path);
    return target;
  }

  makeSpecial(path: string): void {
    const reason = "fifos, sockets and devices need the C library (posix driver)";
    checkEntryPath(path);
    throw new OrbitError("unsupported", `make special ${JSON.stringify(path)}: ${reason}`, {
      detail: { path, errno: "EOPNOTSUPP" },
    });
  }

  makeHardLink(existing: string, path: string, from: Tree = this): void {
    const action = "link";
    const source = toPure(from, action, path);
    const host = this.#enterEntry(action, path);
    checkEntryPath(existing);
    const identity = source.#look(action, existing);
    if (identity.isDirectory) throw systemError("EPERM", action, existing);
    attempt(action, path, () => fs.linkSync(source.#jail.at(existing), host));
    this.#keepIfInside(action, path, identity);
  }

  rename(from: string, to: string, fromTree: Tree = this): void {
    const action = "rename";
    const source = toPure(fromTree, action, to);
    const toHost = this.#enterEntry(action, to);
    checkEntryPath(from);
    const moved = source.#look(action, from);
    const fromHost = source.#jail.at(from);
    attempt(action, from, () => fs.renameSync(fromHost, toHost));
    try {
      this.#jail.settle(action, to, moved);
    } catch (error) {
      const isMoved = (info: Deno.FileInfo) => isSame(info, moved);
      this.#jail.retrieve(to, isMoved, (at) => Deno.renameSync(at, fromHost));
      throw error;
    }
  }

  removeFile(path: string): void {
    const action = "remove";
    checkEntryPath(path);
    const info = this.#look(action, path);
    if (info.isDirectory) throw systemError("EISDIR", action, path);
    attempt(action, path, () => Deno.removeSync(this.#jail.at(path)));
  }

  removeDirectory(path: string): void {
    const host = this.#enterEntry("remove directory", path);
    attempt("remove directory", path, () => fs.rmdirSync(host));
  }

  apply(path: string, metadata: Metadata): void {
    const action = "set metadata of";
    const info = this.#look(action, path);
    const host = this.#jail.at(path);
    attempt(action, path, () => {
      if (info.isSymlink) return applyToLink(host, path, metadata);
      const fd = info.isFile || info.isDirectory ? openIfAllowed(host) : undefined;
      if (fd === undefined) {
        applyToPath(host, path, metadata);
        return this.#settleAny(action, path, info);
      }
      try {
        this.#settleAny(action, path, fs.fstatSync(fd));
        applyToOpen({ fd, host }, path, metadata);
      } finally {
        fs.closeSync(fd);
      }
    });
  }

  attributes(path: string, selection: AttributeSelection): Attributes {
    this.#jail.enter("read attributes of", path);
    return selection === "none" ? [] : refuseAttributes("read attributes of", path);
  }

  syncDirectory(path: string): void {
    const action = "sync directory";
    const info = this.#look(action, path);
    if (info.isSymlink) throw systemError("ELOOP", action, path);
    if (!info.isDirectory) throw systemError("ENOTDIR", action, path);
    // Windows neither opens directories nor needs it: its entries are journalled.
    if (Deno.build.os === "windows") return;
    attempt(action, path, () => {
      const fd = fs.openSync(this.#jail.at(path), O_RDONLY | careful);
      try {
        this.#settleAny(action, path, fs.fstatSync(fd));
        fs.fsyncSync(fd);
      } finally {
        fs.closeSync(fd);
      }
    });
  }

  space(): { freeBytes: number; totalBytes: number; freeInodes: number } {
    const stats = attempt("look at space of", "", () => fs.statfsSync(this.#jail.base));
    return {
      freeBytes: stats.bavail * stats.bsize,
      totalBytes: stats.blocks * stats.bsize,
      freeInodes: stats.ffree,
    };
  }

  [Symbol.dispose](): void {}

  #enterEntry(action: string, path: string): string {
    checkEntryPath(path);
    return this.#jail.enter(action, path);
  }

  /** A checked look at an entry itself. */
  #look(action: string, path: string): Deno.FileInfo {
    const host = this.#jail.enter(action, path);
    return attempt(action, path, () => Deno.lstatSync(host));
  }

  /** Makes something that has no handle, and takes it away again if it landed elsewhere. */
  #make(action: string, path: string, make: (host: string) => void): void {
    const host = this.#enterEntry(action, path);
    const earliest = Date.now() - stampSlackMs;
    attempt(action, path, () => make(host));
    try {
      this.#jail.settle(action, path, attempt(action, path, () => Deno.lstatSync(host)));
    } catch (error) {
      const isNew = (info: Deno.FileInfo) => (info.birthtime?.getTime() ?? 0) >= earliest;
      this.#jail.retrieve(path, isNew, (at) => Deno.removeSync(at));
      throw error;
    }
  }

  /** Keeps what was made under `path` if it is in the jail, and removes it otherwise. */
  #keepIfInside(action: string, path: string, identity: Identity): void {
    try {
      this.#jail.settle(action, path, identity);
    } catch (error) {
      this.#jail.retrieve(path, (info) => isSame(info, identity), (at) => Deno.removeSync(at));
      throw error;
    }
  }

  /** Settles an entry, or the base. */
  #settleAny(action: string, path: string, identity: Identity): void {
    if (path !== "") return this.#jail.settle(action, path, identity);
    this.#jail.checkDirectory(action, path, "");
  }
}

/** Opens a regular file that lies at a place, and makes sure that this is what was opened. */
function open(action: string, path: string, { jail, path: real }: PurePlace, access: number) {
  const host = jail.enter(action, real);
  const found = attempt(action, path, () => Deno.lstatSync(host));
  if (found.isSymlink) throw systemError("ELOOP", action, path);
  if (!found.isFile) throw notRegular(action, path);
  const fd = attempt(action, path, () => fs.openSync(host, access | careful));
  try {
    const opened = fs.fstatSync(fd);
    if (!opened.isFile()) throw notRegular(action, path);
    jail.settle(action, real, opened);
    return new PureFile(fd, path, host);
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

/** Those of the names that exist in a directory. */
function lookUp(path: string, directory: PurePlace, names: string[]): PureName[] {
  const found: PureName[] = [];
  for (const name of new Set(names)) {
    checkHostPath("list", name);
    const host = directory.jail.at(joinPath(directory.path, name));
    try {
      const info = attempt("list", joinPath(path, name), () => Deno.lstatSync(host));
      found.push({ name, isDirectory: info.isDirectory });
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error;
    }
  }
  return found;
}

/** Opens what may be opened; undefined where permissions or the platform (Windows) say no. */
function openIfAllowed(host: string): number | undefined {
  try {
    return fs.openSync(host, O_RDONLY | careful);
  } catch (error) {
    if (["EACCES", "EPERM", "EISDIR"].includes(errnoOf(error) ?? "")) return undefined;
    throw error;
  }
}

function toPure(tree: Tree, action: string, path: string): PureTree {
  if (tree instanceof PureTree) return tree;
  throw systemError("EXDEV", action, path);
}

function notRegular(action: string, path: string): OrbitError {
  return new OrbitError("invalid", `${action} ${JSON.stringify(path)}: not a regular file`, {
    detail: { path, errno: "EINVAL" },
  });
}
