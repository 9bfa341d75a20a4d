/** What a source may send instead of its files. */
import type { ParcelFile, ParcelRecord } from "#core/system/parcel/format.ts";
import { ParcelWriter, readParcel } from "#core/system/parcel/format.ts";
import type { ContentLie } from "./lying_star.ts";

/** Files that are lied about; what is told of others is true. */
const VICTIMS = ["a", "large"];

type Change = (record: ParcelRecord) => Iterable<ParcelRecord>;

/** Changes each record of a victim. */
function changing(change: Change): ContentLie {
  return async function* (honest, { items }) {
    using writer = new ParcelWriter();
    for await (const parcel of honest) {
      for (const record of readParcel(parcel)) {
        const isVictim = VICTIMS.includes(items[record.index].path);
        for (const told of isVictim ? change(record) : [record]) {
          write(writer, told);
          yield writer.take();
        }
      }
    }
  };
}

/** Sends these of the first file, whatever is asked for, and then the last of them for ever. */
function endless(...records: ParcelRecord[]): ContentLie {
  return async function* () {
    using writer = new ParcelWriter();
    for (const record of records.slice(0, -1)) write(writer, record);
    for (;; await new Promise((turn) => setTimeout(turn))) {
      for (let count = 0; count < 8 && writer.roomForData(100_000) >= 100_000; count++) {
        write(writer, records.at(-1)!);
      }
      yield writer.take();
    }
  };
}

function write(writer: ParcelWriter, record: ParcelRecord): void {
  const { kind, index } = record;
  if (kind === "open") writer.open(index, record.file);
  else if (kind === "zeros") writer.zeros(index, record.length);
  else if (kind === "close") writer.close(index, record.hash);
  else if (kind === "fail") writer.fail(index, record.error);
  else if (kind === "chunks") writer.chunks(index, record.chunks, 0);
  else {
    const { bytes } = record;
    const room = Math.max(bytes.length, 1);
    const there = writer.data(index, room, (into) => (into.set(bytes), room));
    // One that holds nothing is none that the writer knows.
    const head = new DataView(there.buffer, there.byteOffset - 4);
    if (bytes.length === 0) head.setUint32(0, 0, true);
  }
}

function flipped(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const changed = bytes.slice();
  changed[changed.length >> 1] ^= 1;
  return changed;
}

const onData = (change: (record: ParcelRecord & { kind: "data" }) => ParcelRecord[]) =>
  changing((record) => record.kind === "data" ? change(record) : [record]);
const onEnd = (change: (record: ParcelRecord & { kind: "close" }) => ParcelRecord[]) =>
  changing((record) => record.kind === "close" ? change(record) : [record]);
const onOpen = (change: (file: ParcelFile) => Partial<ParcelFile>) =>
  changing((record) => {
    if (record.kind !== "open") return [record];
    return [{ ...record, file: { ...record.file, ...change(record.file) } }];
  });

/** Of a large file only what was told is asked for: it is then a file of that size. */
const isSmall = (size: number) => size < 2 ** 20;

let version = 0;
const file = { size: 2 ** 50, mtime: 1, mtimeNs: 0, version: "1", hasHoles: true };
const opening: ParcelRecord = { kind: "open", index: 0, file };
const noise = crypto.getRandomValues(new Uint8Array(60_000));

export const CONTENT_LIES: Record<string, ContentLie> = {
  "bytes that aren't the file's": onData((data) => [{ ...data, bytes: flipped(data.bytes) }]),
  "another file's content": onData((data) => [{ ...data, bytes: data.bytes.slice().fill(98) }]),
  "a hash that isn't the content's": onEnd((end) => [{ ...end, hash: flipped(end.hash) }]),
  "a piece too few": onData(() => []),
  "a piece cut short": onData((data) => [{ ...data, bytes: data.bytes.subarray(1) }]),
  "every piece twice": onData((data) => [data, data]),
  "no end": onEnd(() => []),
  "two ends": onEnd((end) => [end, end]),
  "more after the end": onEnd((end) => [end, { kind: "zeros", index: end.index, length: 9 }]),
  "a file out of its turn": changing((record) => [{ ...record, index: record.index + 1 }]),
  "a size that is too small": onOpen(({ size }) => ({ size: size - (isSmall(size) ? 1 : 0) })),
  "a size that is too large": onOpen(({ size }) => ({ size: size + (isSmall(size) ? 1 : 0) })),
  "a size beyond all disks": onOpen(() => ({ size: 2 ** 52, hasHoles: true })),
  "another version each time": onOpen(() => ({ version: `${version++}` })),
  "content without end": endless(opening, { kind: "data", index: 0, bytes: noise }),
  "holes without end": endless(opening, { kind: "zeros", index: 0, length: 2 ** 40 }),
  "nothing without end": endless(opening, { kind: "data", index: 0, bytes: new Uint8Array() }),
  "openings without end": endless(opening),
  "ends without end": endless({ kind: "close", index: 0, hash: new Uint8Array(32) }),
};
