/** Small words that the cases of the conformance suite are written in. */
import { deepStrictEqual as deepEqual, fail, ok, strictEqual as equal } from "node:assert/strict";
import { type ErrorCode, OrbitError, systemError } from "#core/errors.ts";
import { encodeName } from "#core/names.ts";
import type { AttributeSelection, DirectoryListing, Tree } from "./disk.ts";
import { type Entry, ScanBatch } from "./scan_batch.ts";
import { ScanBatchBuilder } from "./scan_batch_builder.ts";

/** Runs `act`, which must throw the OrbitError of this system error. */
export function failsWith(errno: string, act: () => unknown): void {
  const error = refusal(act);
  equal(error.detail.errno, errno, error.message);
  equal(error.code, systemError(errno, "", "").code, error.message);
}

/** Runs `act`, which must throw an OrbitError of this code and name a system error. */
export function refusedAs(code: ErrorCode, act: () => unknown): void {
  const error = refusal(act);
  equal(error.code, code, error.message);
  ok(error.detail.errno, `no errno: ${error.message}`);
}

/** The OrbitError that `act` throws. */
export function refusal(act: () => unknown): OrbitError {
  try {
    const result = act();
    if (isDisposable(result)) result[Symbol.dispose]();
  } catch (error) {
    if (error instanceof OrbitError) return error;
    throw error;
  }
  fail("nothing was thrown");
}

function isDisposable(value: unknown): value is Disposable {
  return typeof value === "object" && value !== null && Symbol.dispose in value;
}

/** Creates a file with this content. */
export function putFile(tree: Tree, path: string, content: string | Uint8Array = ""): void {
  using file = tree.createFile(path);
  file.write(toBytes(content), 0);
}

/** The whole content of a file, as text. */
export function textOf(tree: Tree, path: string): string {
  return new TextDecoder().decode(bytesOf(tree, path));
}

/** The whole content of a file. */
export function bytesOf(tree: Tree, path: string): Uint8Array {
  using file = tree.openFile(path);
  const bytes = new Uint8Array(file.facts().size + 1);
  return bytes.subarray(0, file.read(bytes, 0));
}

/** A text's UTF-8 bytes. */
export function toBytes(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? encodeName(content) : content;
}

/** The names of a directory, in the listing's order. */
export function namesIn(tree: Tree, path: string, options?: Parameters<Tree["list"]>[1]): string[] {
  using listing = tree.list(path, options);
  return listedNames(listing);
}

/** The names of an open listing. */
export function listedNames(listing: DirectoryListing): string[] {
  return Array.from({ length: listing.count }, (_, index) => listing.name(index));
}

/** What `describe` puts into a batch for one name of a directory; undefined when it adds no row. */
export function describeOne(
  tree: Tree,
  directory: string,
  name: string,
  options: { follow?: boolean; attributes?: AttributeSelection } = {},
): Entry | undefined {
  using listing = tree.list(directory);
  const index = listedNames(listing).indexOf(name);
  ok(index >= 0, `${name} is not listed`);
  const builder = new ScanBatchBuilder();
  const { follow = false, attributes = "none" } = options;
  const mode = listing.describe(index, builder, { follow, attributes });
  if (mode === 0) {
    equal(builder.count, 0);
    return undefined;
  }
  equal(builder.count, 1);
  const batch = new ScanBatch(builder.take());
  deepEqual(batch.data.troubles, []);
  const entry = batch.entry(0, directory);
  equal(entry.mode, mode);
  return entry;
}
