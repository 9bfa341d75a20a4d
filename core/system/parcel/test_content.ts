/** Content that tests make up. */
import { systemError, toErrorData } from "#core/errors.ts";
import { openBlake3 } from "#core/hash/mod.ts";
import { ParcelWriter } from "./format.ts";
import type { PackItem, PackSource } from "./request.ts";

/** A source of these files, whatever base they are asked of. */
export function createTestContent(files: Record<string, Uint8Array>): PackSource {
  return {
    name: "test",
    async *pack({ items }) {
      using writer = new ParcelWriter();
      for (const [index, item] of items.entries()) yield* packItem(writer, index, item, files);
      if (!writer.isEmpty) yield writer.take();
    },
  };
}

async function* packItem(
  writer: ParcelWriter,
  index: number,
  { path, offset = 0, length = Infinity }: PackItem,
  files: Record<string, Uint8Array>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (!Object.hasOwn(files, path)) {
    return writer.fail(index, toErrorData(systemError("ENOENT", "pack", path)));
  }
  const { length: size } = files[path];
  const range = files[path].subarray(offset, offset + length);
  if (!writer.hasRoomToOpen(range.length)) yield writer.take();
  writer.open(index, { size, mtime: 1, mtimeNs: 0, version: `${size}`, hasHoles: false });
  for (let at = 0; at < range.length;) {
    const room = writer.roomForData(range.length - at);
    if (room === 0) yield writer.take();
    const piece = range.subarray(at, at + room);
    writer.data(index, room, (into) => (into.set(piece), piece.length));
    at += room;
  }
  if (!writer.hasRoomToEnd) yield writer.take();
  writer.close(index, (await openBlake3()).hash(range));
}
