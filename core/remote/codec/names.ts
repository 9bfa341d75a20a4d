/** Names of one directory, in bulk. */
import { compareBytes, encodeName } from "#core/names.ts";
import type { NameList } from "#core/system/mod.ts";
import type { NameList as Message, NameListSchema } from "#proto/gen/orbit/v1/files_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Blame } from "./blame.ts";
import { atMost } from "./numbers.ts";

/** Names that are looked up by one request. */
const MAX_NAMES = 1_000_000;

type Init = MessageInitShape<typeof NameListSchema>;

/** Names `from` to `to` of a list. */
export function toNameList({ heap, spans }: NameList, from = 0, to = spans.length / 2): Init {
  let length = 0;
  for (let i = from; i < to; i++) length += spans[2 * i + 1];
  const joined = new Uint8Array(length);
  const lengths = new Array<number>(to - from);
  let at = 0;
  for (let i = from; i < to; i++) {
    const start = spans[2 * i], size = spans[2 * i + 1];
    joined.set(heap.subarray(start, start + size), at);
    lengths[i - from] = size;
    at += size;
  }
  return { heap: joined, lengths };
}

export function fromNameList(message: Message, blame: Blame): NameList {
  const { heap, lengths } = message;
  atMost(lengths.length, MAX_NAMES, "names", blame);
  const spans = new Uint32Array(lengths.length * 2);
  let at = 0;
  lengths.forEach((length, i) => {
    spans[2 * i] = at;
    spans[2 * i + 1] = length;
    at += length;
  });
  if (at !== heap.length) throw blame("names.lengths", `${at} bytes of ${heap.length}`);
  return { heap: new Uint8Array(heap), spans };
}

/** Names as a list, in bytes' order, each once. */
export function sortedNameList(names: readonly string[]): NameList {
  const sorted = names.map(encodeName).sort(compareBytes)
    .filter((name, i, all) => i === 0 || compareBytes(all[i - 1], name) !== 0);
  const spans = new Uint32Array(sorted.length * 2);
  const heap = new Uint8Array(sorted.reduce((sum, name) => sum + name.length, 0));
  let at = 0;
  sorted.forEach((name, i) => {
    heap.set(name, at);
    spans.set([at, name.length], 2 * i);
    at += name.length;
  });
  return { heap, spans };
}

/** @throws what `blame` makes unless the names are sorted, each once. */
export function checkSorted({ heap, spans }: NameList, blame: Blame): void {
  for (let i = 2; i < spans.length; i += 2) {
    const before = heap.subarray(spans[i - 2], spans[i - 2] + spans[i - 1]);
    const name = heap.subarray(spans[i], spans[i] + spans[i + 1]);
    if (compareBytes(before, name) >= 0) throw blame("look_up", "names are not sorted");
  }
}
