/** An open file of the pure driver. */
import * as fs from "node:fs";
import { attempt } from "#core/deno_errors.ts";
import type { FileFacts, FileHandle, Metadata } from "./disk.ts";
import { factsOfOpen } from "./disk_pure_facts.ts";
import { applyToOpen, refuseAttributes } from "./disk_pure_metadata.ts";
import type { Attributes } from "./scan_batch.ts";

/** A file behind a node:fs descriptor, closed by disposal. */
export class PureFile implements FileHandle {
  #fd: number | undefined;

  /**
   * @param path As the user of the tree named it, for messages.
   * @param host Where it was opened.
   */
  constructor(fd: number, readonly path: string, readonly host: string) {
    this.#fd = fd;
  }

  facts(): FileFacts {
    return this.#attempt("look at", (fd) => factsOfOpen(fd));
  }

  read(into: Uint8Array, position: number): number {
    return this.#attempt("read", (fd) => {
      let done = 0;
      while (done < into.length) {
        const count = fs.readSync(fd, into, done, into.length - done, position + done);
        if (count === 0) break;
        done += count;
      }
      return done;
    });
  }

  write(from: Uint8Array, position: number): void {
    this.#attempt("write", (fd) => {
      let done = 0;
      while (done < from.length) {
        done += fs.writeSync(fd, from, done, from.length - done, position + done);
      }
    });
  }

  truncate(size: number): void {
    this.#attempt("truncate", (fd) => fs.ftruncateSync(fd, size));
  }

  /** Holes can't be found here: all of the file counts as data. */
  nextData(position: number): number {
    return Math.min(position, this.facts().size);
  }

  nextHole(_position: number): number {
    return this.facts().size;
  }

  apply(metadata: Metadata): void {
    this.#attempt("set metadata of", (fd) => {
      applyToOpen({ fd, host: this.host }, this.path, metadata);
    });
  }

  attributes(): Attributes {
    return refuseAttributes("read attributes of", this.path);
  }

  sync(): void {
    this.#attempt("sync", (fd) => fs.fsyncSync(fd));
  }

  /** Deno has no call for it; dropping pages is a wish, and the next read is right either way. */
  evict(): void {}

  [Symbol.dispose](): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd === undefined) return;
    try {
      fs.closeSync(fd);
    } catch { /* Nothing is left to do; `sync` is what reports lost writes. */ }
  }

  #attempt<T>(action: string, act: (fd: number) => T): T {
    return attempt(action, this.path, () => {
      if (this.#fd === undefined) throw new Deno.errors.BadResource("closed");
      return act(this.#fd);
    });
  }
}
