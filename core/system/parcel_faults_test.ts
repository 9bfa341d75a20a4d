/** Parcels that are damaged on their way. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import type { SystemFaultPlan } from "./faulty_system.ts";
import { createMemoryDisk } from "./disk_memory.ts";
import { openInlineSystem } from "./memory_system.ts";
import { ParcelWriter } from "./parcel/format.ts";
import type { PackSource } from "./parcel/request.ts";
import { copyOf, how } from "./system_conformance_bed.ts";
import { bytesAt, find, noise, pathsIn, send, textAt, utf8 } from "./system_conformance_help.ts";
import { assertUntouched, COPY, flip, isStaged, openAcross, SIZE } from "./transfer_faults_help.ts";

/** Flips one bit of every parcel, a different one each. */
const flipping: SystemFaultPlan = {
  mutatePiece: (parcel, _call, index) => [flip(parcel, index)],
};

Deno.test("a parcel whose bytes change on the way is corrupt, and not kept", async () => {
  for (const verify of [true, false]) {
    await using bed = await openAcross(flipping);
    const [{ error }] = await send(bed, [COPY], { verify });
    deepEqual([error?.code, error?.detail.retryable], ["corrupt", true]);
    await assertUntouched(bed);
  }
});

Deno.test("parcels that are lost, doubled, cut or exchanged are never a success", async () => {
  const plans: Record<string, SystemFaultPlan["mutatePiece"]> = {
    "the first is lost": (parcel, _call, index) => index === 0 ? [] : [parcel],
    "the last is lost": (parcel, _call, index) => index === 1 ? [] : [parcel],
    "all are lost": () => [],
    "the first is doubled": (parcel, _call, index) => index === 0 ? [parcel, parcel] : [parcel],
    "all are cut": (parcel) => [parcel.subarray(0, parcel.length >> 1)],
    "all are cut in two": (parcel) => [parcel.subarray(0, 10), parcel.subarray(10)],
    "one is empty": (parcel, _call, index) => [index === 0 ? parcel.subarray(0, 0) : parcel],
  };
  for (const [what, mutatePiece] of Object.entries(plans)) {
    for (const verify of [true, false]) {
      await using bed = await openAcross({ mutatePiece });
      const [{ error }] = await send(bed, [COPY], { verify });
      deepEqual([error?.code, error?.detail.retryable], ["corrupt", true], what);
      await assertUntouched(bed);
    }
  }
});

Deno.test("a parcel too many changes nothing of what came before", async () => {
  await using bed = await openAcross({
    mutatePiece: (parcel, _call, index) => index === 1 ? [parcel, parcel] : [parcel],
  });
  const [{ error }] = await send(bed, [COPY]);
  equal(error, undefined);
  const clean = await openInlineSystem(bed.disk);
  deepEqual(await bytesAt(clean, "/to/file"), noise(SIZE));
});

Deno.test("no parcels do more than fail their copies", async () => {
  const bytes = fc.oneof(
    fc.constant("sound" as const),
    fc.uint8Array({ maxLength: 300 }),
    fc.tuple(fc.nat(), fc.nat(), fc.nat(255)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { maxLength: 4 }), fc.boolean(), async (changes, verify) => {
      await using bed = await openAcross({
        mutatePiece: (parcel) =>
          changes.map((change) => {
            if (change === "sound") return parcel;
            if (change instanceof Uint8Array) return change;
            const changed = parcel.slice();
            // In the records' heads, where it does most, as often as in content.
            changed[change[1] % (change[0] % 2 ? changed.length : 200)] ^= change[2];
            return changed;
          }),
      });
      using small = bed.tree.createFile("small");
      small.write(utf8("hello"), 0);
      const copies = [copyOf("small", 5), COPY, copyOf("small", 5, { path: "again" })];
      const results = await send(bed, copies, { verify });
      const clean = await openInlineSystem(bed.disk);
      const made = [["small", utf8("hello")], ["file", noise(SIZE)], [
        "again",
        utf8("hello"),
      ]] as const;
      for (const [i, [path, content]] of made.entries()) {
        const entry = await find(clean, "/to", path);
        if (results[i].error !== undefined) {
          ok(entry === undefined || await textAt(clean, `/to/${path}`) === "old", path);
        } else deepEqual(await bytesAt(clean, `/to/${path}`), content);
      }
      for (const path of await pathsIn(clean, "/to")) ok(!isStaged(path), path);
    }),
    { numRuns: 150 },
  );
});

/** A source whose every request begins so, and then goes on with the rest for ever. */
function endless(start: (writer: ParcelWriter) => void, rest: (writer: ParcelWriter) => void) {
  const isOver = Promise.withResolvers<void>();
  const source: PackSource = {
    name: "endless",
    async *pack() {
      using writer = new ParcelWriter();
      try {
        start(writer);
        for (;; await Promise.resolve()) {
          rest(writer);
          yield writer.take();
        }
      } finally {
        isOver.resolve();
      }
    },
  };
  return { source, isOver: isOver.promise };
}

/** A data record that claims to hold nothing. */
function nothing(writer: ParcelWriter): void {
  const record = writer.data(0, 1, (into) => (into[0] = 0, 1));
  new DataView(record.buffer).setUint32(record.byteOffset - 4, 0, true);
}

Deno.test("a source that never comes to an end is given up, and nothing of it is kept", async () => {
  const facts = { mtime: 1, mtimeNs: 0, version: "1", hasHoles: false };
  const open = (size: number) => (writer: ParcelWriter) => writer.open(0, { size, ...facts });
  const mebibyte = (writer: ParcelWriter) => {
    writer.data(0, 1_000_000, (into) => into.fill(7).length);
  };
  const zeros = (writer: ParcelWriter) => writer.zeros(0, 1_000_000);
  const fails = (writer: ParcelWriter) =>
    writer.fail(0, { code: "denied", message: "no", detail: {} });
  const sources = [
    [open(10), mebibyte],
    [open(2 ** 50), mebibyte],
    [open(10), zeros],
    [open(10), nothing],
    [() => {}, mebibyte],
    [() => {}, nothing],
    [() => {}, open(1)],
    [() => {}, fails],
  ] as const;
  for (const [at, [start, rest]] of sources.entries()) {
    for (const size of [10, 80 << 20]) {
      const disk = createMemoryDisk({ roots: ["/to"] });
      await using target = await openInlineSystem(disk);
      const { source, isOver } = endless(start, rest);
      const request = { sources: ["/from"], base: "/to", actions: [copyOf("file", size)] };
      const [{ error }] = await target.receive({ ...request, options: how() }, source);
      ok(["corrupt", "conflict", "denied"].includes(error?.code ?? ""), `${at} ${error?.message}`);
      deepEqual(await pathsIn(target, "/to"), [], `${at}`);
      await isOver;
    }
  }
});
