/** Open files and listings of a faulty disk. */
import type { DescribeOptions, DirectoryListing, FileFacts, FileHandle, Metadata } from "./disk.ts";
import type { FaultCall, FaultOperation, Faults } from "./disk_faulty_plan.ts";
import { joinPath } from "./relative_path.ts";
import type { Attributes } from "./scan_batch.ts";
import type { ScanBatchBuilder } from "./scan_batch_builder.ts";

/** Where a handle was opened. */
export interface FaultPlace {
  readonly faults: Faults;
  readonly tree: string;
  readonly path: string;
}

/** A file whose calls pass the plan first. Disposal always reaches the disk. */
export class FaultyFile implements FileHandle {
  constructor(readonly inner: FileHandle, readonly place: FaultPlace) {}

  facts(): FileFacts {
    this.#enter("file.facts");
    return this.inner.facts();
  }

  read(into: Uint8Array, position: number): number {
    const call = this.#enter("file.read");
    const length = this.inner.read(into, position);
    const { mutateRead } = this.place.faults.plan;
    if (!mutateRead) return length;
    const bytes = mutateRead(into.slice(0, length), { ...call, position });
    into.set(bytes);
    return bytes.length;
  }

  write(from: Uint8Array, position: number): void {
    const call = this.#enter("file.write");
    const { mutateWrite } = this.place.faults.plan;
    const bytes = mutateWrite ? mutateWrite(from.slice(), { ...call, position }) : from;
    this.inner.write(bytes, position);
  }

  truncate(size: number): void {
    this.#enter("file.truncate");
    this.inner.truncate(size);
  }

  nextData(position: number): number {
    this.#enter("file.nextData");
    return this.inner.nextData(position);
  }

  nextHole(position: number): number {
    this.#enter("file.nextHole");
    return this.inner.nextHole(position);
  }

  apply(metadata: Metadata): void {
    this.#enter("file.apply");
    this.inner.apply(metadata);
  }

  attributes(): Attributes {
    this.#enter("file.attributes");
    return this.inner.attributes();
  }

  sync(): void {
    this.#enter("file.sync");
    this.inner.sync();
  }

  evict(): void {
    this.#enter("file.evict");
    this.inner.evict();
  }

  [Symbol.dispose](): void {
    this.inner[Symbol.dispose]();
  }

  #enter(operation: FaultOperation): FaultCall {
    const { faults, tree, path } = this.place;
    return faults.enter({ operation, path, tree });
  }
}

/** A listing whose calls pass the plan first. */
export class FaultyListing implements DirectoryListing {
  constructor(readonly inner: DirectoryListing, readonly place: FaultPlace) {}

  get count(): number {
    return this.inner.count;
  }

  name(index: number): string {
    return this.inner.name(index);
  }

  isDirectory(index: number): boolean | undefined {
    return this.inner.isDirectory(index);
  }

  describe(index: number, into: ScanBatchBuilder, options: DescribeOptions): number {
    const { faults, tree, path } = this.place;
    const entry = joinPath(path, this.inner.name(index));
    faults.enter({ operation: "listing.describe", path: entry, tree });
    return this.inner.describe(index, into, options);
  }

  [Symbol.dispose](): void {
    this.inner[Symbol.dispose]();
  }
}
