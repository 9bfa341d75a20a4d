/** Chunks that somebody holds nearer than their source: taken from there, whoever it is. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { type ChunkList, chunksOf, concatChunkLists } from "#core/cdc/mod.ts";
import { openBlake3, toHex } from "#core/hash/mod.ts";
import { createMemoryDisk } from "../disk_memory.ts";
import { openInlineSystem } from "../memory_system.ts";
import { ParcelWriter } from "../parcel/format.ts";
import { hashCount, type NearbyChunks } from "../parcel/nearby.ts";
import type { PackSource } from "../parcel/request.ts";
import { copyOf, how } from "../system_conformance_bed.ts";
import { bytesAt, noise, pathsIn } from "../system_conformance_help.ts";
import type { ActionOptions, LargeCheckpoint, TransferOptions } from "../system.ts";
import { LARGE_BYTES } from "../work/large.ts";
import { deltaParameters } from "./parameters.ts";

const SIZE = LARGE_BYTES + 3_000_000;
const CONTENT = noise(SIZE);
const blake3 = await openBlake3();

/** Somebody who holds the chunks of which `has` says so, and gives them as `give` says. */
class Holder implements NearbyChunks {
  readonly name = "holder";
  /** Chunks that were given. */
  given = 0;
  /** Times that it was asked for anything. */
  asked = 0;

  constructor(
    readonly chunks: ReadonlyMap<string, Uint8Array>,
    readonly has: (number: number) => boolean = () => true,
    readonly give: (bytes: Uint8Array, number: number) => Uint8Array = (bytes) => bytes,
    readonly isHere = false,
  ) {}

  find(hashes: Uint8Array): Promise<Uint8Array> {
    this.asked++;
    const numbers = [...this.chunks.keys()];
    return Promise.resolve(Uint8Array.from(hexes(hashes), (hex) => {
      const number = numbers.indexOf(hex);
      return number !== -1 && this.has(number) ? 1 : 0;
    }));
  }

  async *packChunks(hashes: Uint8Array): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    this.asked++;
    for (const [index, hex] of hexes(hashes).entries()) {
      using writer = new ParcelWriter();
      const bytes = this.give(this.chunks.get(hex)!, this.given++);
      const facts = { mtime: 1, mtimeNs: 0, version: "another file's", hasHoles: false };
      writer.open(index, { size: SIZE, ...facts });
      writer.data(index, bytes.length, (into) => (into.set(bytes), bytes.length));
      writer.close(index, blake3.hash(bytes));
      yield await Promise.resolve(writer.take());
    }
  }
}

function hexes(hashes: Uint8Array): string[] {
  return Array.from(
    { length: hashCount(hashes) },
    (_, i) => toHex(hashes.subarray(i * 32, i * 32 + 32)),
  );
}

async function openSource() {
  const disk = createMemoryDisk({ roots: ["/from", "/to"] });
  {
    using file = disk.openTree("/from").createFile("file");
    file.write(CONTENT, 0);
  }
  const system = await openInlineSystem(disk), target = await openInlineSystem(disk);
  const lists: ChunkList[] = await Array.fromAsync(
    system.chunkFile("/from/file", deltaParameters(SIZE)),
  );
  const chunks = new Map<string, Uint8Array>();
  for (const { offset, length, hash } of chunksOf(concatChunkLists(lists))) {
    chunks.set(toHex(hash), CONTENT.subarray(offset, offset + length));
  }
  return {
    chunks,
    /** Receives the file; what came of it, and bytes that the source gave. */
    async receive(
      near: NearbyChunks[],
      options: Partial<ActionOptions> = {},
      transfer: TransferOptions = {},
    ) {
      let sent = 0;
      const source: PackSource = {
        name: "source",
        near,
        async *pack(request, how) {
          for await (const parcel of system.pack(request, how)) {
            sent += parcel.length;
            yield parcel;
          }
        },
      };
      const actions = [copyOf("file", SIZE)];
      const request = { sources: ["/from"], base: "/to", actions, options: how(options) };
      const [result] = await target.receive(request, source, transfer);
      equal(result.error, undefined);
      deepEqual(await bytesAt(target, "/to/file"), new Uint8Array(CONTENT));
      deepEqual(await pathsIn(target, "/to"), ["file"]);
      disk.openTree("/to").removeFile("file");
      return { ...result, sent };
    },
  };
}

Deno.test("what is near isn't sent, and what is here counts as matched", async () => {
  const { chunks, receive } = await openSource();
  const near = new Holder(chunks), here = new Holder(chunks, undefined, undefined, true);
  const first = await receive([near]);
  ok(first.sent < SIZE * 0.02, `${first.sent} sent`);
  deepEqual([first.bytes, first.matched], [SIZE, 0]);
  const second = await receive([near, here]);
  deepEqual([second.matched, here.given], [SIZE, chunks.size]);
});

Deno.test("those who are equally near share the work, and the source gives what nobody has", async () => {
  const { chunks, receive } = await openSource();
  const holders = [new Holder(chunks, (n) => n % 4 > 0), new Holder(chunks, (n) => n % 4 > 0)];
  const { sent } = await receive(holders);
  ok(sent > SIZE * 0.15 && sent < SIZE * 0.35, `${sent} sent`);
  for (const { given } of holders) ok(given > chunks.size * 0.2, `${given} given`);
});

Deno.test("one who lies, breaks off or fails costs nothing but time", async () => {
  const { chunks, receive } = await openSource();
  const flip = (bytes: Uint8Array) =>
    Uint8Array.from(bytes, (byte, i) => i === 5 ? byte ^ 1 : byte);
  const gives: Holder["give"][] = [
    (bytes, number) => number === 7 ? flip(bytes) : bytes,
    (bytes, number) => number === 7 ? bytes.subarray(1) : bytes,
    (bytes, number) => number === 7 ? new Uint8Array([...bytes, 1]) : bytes,
    (bytes, number) => {
      if (number === 7) throw new Error("gone");
      return bytes;
    },
  ];
  for (const give of gives) {
    const bad = new Holder(chunks, undefined, give), good = new Holder(chunks);
    await receive([bad]);
    // Whoever was found out isn't asked again.
    ok(bad.given < chunks.size, `${bad.given} given`);
    await receive([bad, good]);
  }
  const failing = new Holder(chunks);
  failing.find = () => Promise.reject(new Error("no"));
  const { sent } = await receive([failing]);
  ok(sent > SIZE);
});

Deno.test("nobody is asked where there is nothing to be had, or all is to be sent", async () => {
  const { chunks, receive } = await openSource();
  const empty = new Holder(chunks, () => false), full = new Holder(chunks);
  await receive([empty]);
  deepEqual([empty.asked, empty.given], [1, 0]);
  await receive([full], { wholeFile: true });
  equal(full.asked, 0);
});

Deno.test("what was taken near here isn't fetched again when nobody is there any more", async () => {
  const { chunks, receive } = await openSource();
  const controller = new AbortController();
  let last: LargeCheckpoint | undefined;
  const onCheckpoint = (_: number, checkpoint: LargeCheckpoint) => {
    last = structuredClone(checkpoint);
    if (Object.keys(checkpoint.segments).length === 4) controller.abort(new Error("interrupted"));
  };
  const { signal } = controller, keep = { keepPartial: true };
  const interrupted = receive([new Holder(chunks)], keep, { signal, onCheckpoint });
  await interrupted.then(() => ok(false), (error) => equal(error, signal.reason));
  const checkpoints = new Map([[0, last!]]);
  const { resumed = 0, bytes, sent } = await receive([], keep, { checkpoints });
  ok(resumed > 3 * last!.segmentBytes, `${resumed} resumed`);
  equal(resumed + bytes, SIZE);
  ok(sent < bytes * 1.02, `${sent} sent`);
});
