/** A tree of a faulty disk. */
import type { NameList } from "./name_list.ts";
import type {
  AttributeSelection,
  DirectoryListing,
  FileFacts,
  FileHandle,
  ListOptions,
  Metadata,
  Tree,
} from "./disk.ts";
import { FaultyFile, FaultyListing } from "./disk_faulty_file.ts";
import type { FaultOperation, Faults } from "./disk_faulty_plan.ts";
import type { Attributes } from "./scan_batch.ts";

/** A tree whose calls pass the plan first. Disposal always reaches the disk. */
export class FaultyTree implements Tree {
  /** @param base Absolute path that the tree was opened by. */
  constructor(readonly inner: Tree, readonly faults: Faults, readonly base: string) {}

  facts(path: string): FileFacts | null {
    this.#enter("facts", path);
    return this.inner.facts(path);
  }

  list(path: string, options?: ListOptions): DirectoryListing {
    this.#enter("list", path);
    return new FaultyListing(this.inner.list(path, options), this.#place(path));
  }

  lookUp(path: string, names: NameList): DirectoryListing {
    this.#enter("list", path);
    return new FaultyListing(this.inner.lookUp(path, names), this.#place(path));
  }

  openFile(path: string, options?: { follow?: boolean }): FileHandle {
    this.#enter("openFile", path);
    return new FaultyFile(this.inner.openFile(path, options), this.#place(path));
  }

  openForWriting(path: string): FileHandle {
    this.#enter("openForWriting", path);
    return new FaultyFile(this.inner.openForWriting(path), this.#place(path));
  }

  createFile(path: string): FileHandle {
    this.#enter("createFile", path);
    return new FaultyFile(this.inner.createFile(path), this.#place(path));
  }

  makeDirectory(path: string, permissions: number): void {
    this.#enter("makeDirectory", path);
    this.inner.makeDirectory(path, permissions);
  }

  makeLink(path: string, target: string): void {
    this.#enter("makeLink", path);
    this.inner.makeLink(path, target);
  }

  readLink(path: string): string {
    this.#enter("readLink", path);
    return this.inner.readLink(path);
  }

  makeSpecial(path: string, mode: number, rdevMajor: number, rdevMinor: number): void {
    this.#enter("makeSpecial", path);
    this.inner.makeSpecial(path, mode, rdevMajor, rdevMinor);
  }

  makeHardLink(existing: string, path: string, from?: Tree): void {
    this.#enter("makeHardLink", path, existing);
    this.inner.makeHardLink(existing, path, unwrap(from));
  }

  rename(from: string, to: string, fromTree?: Tree): void {
    this.#enter("rename", to, from);
    this.inner.rename(from, to, unwrap(fromTree));
  }

  removeFile(path: string): void {
    this.#enter("removeFile", path);
    this.inner.removeFile(path);
  }

  removeDirectory(path: string): void {
    this.#enter("removeDirectory", path);
    this.inner.removeDirectory(path);
  }

  apply(path: string, metadata: Metadata): void {
    this.#enter("apply", path);
    this.inner.apply(path, metadata);
  }

  attributes(path: string, selection: AttributeSelection): Attributes {
    this.#enter("attributes", path);
    return this.inner.attributes(path, selection);
  }

  syncDirectory(path: string): void {
    this.#enter("syncDirectory", path);
    this.inner.syncDirectory(path);
  }

  space(): { freeBytes: number; totalBytes: number; freeInodes: number } {
    this.#enter("space", "");
    return this.inner.space();
  }

  [Symbol.dispose](): void {
    this.inner[Symbol.dispose]();
  }

  #enter(operation: FaultOperation, path: string, from?: string): void {
    this.faults.enter({
      operation,
      path,
      tree: this.base,
      ...(from === undefined ? {} : { from }),
    });
  }

  #place(path: string) {
    return { faults: this.faults, tree: this.base, path };
  }
}

function unwrap(tree: Tree | undefined): Tree | undefined {
  return tree instanceof FaultyTree ? tree.inner : tree;
}
