/** Packing files' content into parcels. */
import { toErrorData } from "#core/errors.ts";
import type { Hasher } from "#core/hash/mod.ts";
import type { FileFacts, FileHandle } from "../disk.ts";
import { type ParcelFile, ParcelWriter } from "../parcel/format.ts";
import type { PackItem, PackRequest } from "../parcel/request.ts";
import { BLOCK_BYTES, type WorkContext } from "./context.ts";
import { isSameVersion, isSparse, versionOf } from "./content.ts";
import { packRecipe } from "./pack_recipe.ts";
import { atSource, blameSource, changed } from "./source_trouble.ts";

/** Bytes read at once from a file that has holes. */
const SPARSE_BYTES = 64 * 1024;

/** Gives parcels, and takes buffers for those to come. */
type Packing = Generator<Uint8Array<ArrayBuffer>, void, Uint8Array<ArrayBuffer> | undefined>;

/** Packs ranges of files; trouble with one is in its place in the parcels. */
export function* pack(
  context: WorkContext,
  { sources, items, followLinks }: PackRequest,
): Packing {
  using writer = new ParcelWriter(context.parcels);
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    try {
      context.checkCancelled();
      const tree = context.tree(sources[item.source]);
      using file = atSource(() => tree.openFile(item.path, { follow: followLinks }));
      // Opened files stay open; the trees of this step don't.
      yield* packFile(context, writer, index, item, file);
    } catch (error) {
      if (!writer.hasRoomToEnd) yield* hand(context, writer);
      writer.fail(index, toErrorData(blameSource(error)));
    }
    context.limitTrees();
  }
  context.closeTrees();
  if (!writer.isEmpty) yield writer.take();
}

function* packFile(
  context: WorkContext,
  writer: ParcelWriter,
  index: number,
  item: PackItem,
  file: FileHandle,
): Packing {
  const before = file.factsAtOpening ?? file.facts();
  if (!writer.hasRoomToOpen(before.size)) yield* hand(context, writer);
  writer.open(index, describe(before));
  const { offset = 0, recipe } = item;
  if (recipe !== undefined) {
    context.closeTrees();
    return yield* packRecipe(context, writer, index, { ...item, recipe }, { file, before });
  }
  const end = item.length === undefined ? before.size : offset + item.length;
  const content = new Content(context);
  const sparse = isSparse(before);
  for (let at = offset; at < end;) {
    context.checkCancelled();
    const hole = sparse ? Math.min(end, file.nextData(at)) - at : 0;
    if (hole > 0) {
      if (!writer.hasRoomToEnd) yield* hand(context, writer);
      writer.zeros(index, hole);
      content.addZeros(hole);
      at += hole;
      continue;
    }
    // Where the data ends that is followed by a hole isn't known: a little is read at a time.
    const room = writer.roomForData(Math.min(end - at, sparse ? SPARSE_BYTES : Infinity));
    if (room === 0) {
      // What was read last is about to go: the next is read into another buffer.
      content.settle();
      yield* hand(context, writer);
      continue;
    }
    const data = writer.data(index, room, (into) => atSource(() => file.read(into, at)));
    if (data.length === 0) throw changed(item.path);
    content.add(data);
    at += data.length;
  }
  if (!isSameVersion(file.facts(), before)) throw changed(item.path);
  const hash = content.digest();
  if (!writer.hasRoomToEnd) yield* hand(context, writer);
  writer.close(index, hash);
}

/** Gives a parcel, and is given another's buffer, or nothing. */
function* hand(context: WorkContext, writer: ParcelWriter): Packing {
  context.closeTrees();
  const spare = yield writer.take();
  if (spare !== undefined) context.parcels.bytes = spare;
}

function describe(facts: FileFacts): ParcelFile {
  const { size, mtime, mtimeNs } = facts;
  return { size, mtime, mtimeNs, version: versionOf(facts), hasHoles: isSparse(facts) };
}

/** Hashes content as it goes by: in one call when it is one piece, which is much cheaper. */
export class Content {
  readonly #context: WorkContext;
  #hasher: Hasher | undefined;
  #only: Uint8Array | undefined;

  constructor(context: WorkContext) {
    this.#context = context;
  }

  /** Adds a piece, which must stay as it is until the next call. */
  add(piece: Uint8Array): void {
    if (this.#hasher === undefined && this.#only === undefined) this.#only = piece;
    else this.#started().update(piece);
  }

  addZeros(length: number): void {
    const hasher = this.#started();
    const zeros = new Uint8Array(Math.min(length, BLOCK_BYTES));
    for (let left = length; left > 0; left -= zeros.length) {
      hasher.update(left < zeros.length ? zeros.subarray(0, left) : zeros);
    }
  }

  /** What was added last may change from here on. */
  settle(): void {
    if (this.#only !== undefined) this.#started();
  }

  digest(): Uint8Array {
    if (this.#hasher !== undefined) return this.#hasher.digest();
    return this.#context.blake3.hash(this.#only ?? new Uint8Array(0));
  }

  #started(): Hasher {
    if (this.#hasher === undefined) {
      this.#hasher = this.#context.blake3.create();
      if (this.#only !== undefined) this.#hasher.update(this.#only);
      this.#only = undefined;
    }
    return this.#hasher;
  }
}
