import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { chunkPart, chunksOf, parametersFor } from "#core/cdc/mod.ts";
import { openBlake3 } from "#core/hash/mod.ts";
import { createFaultyDisk } from "./disk_faulty.ts";
import { createMemoryDisk } from "./disk_memory.ts";
import { openInlineSystem } from "./memory_system.ts";
import { noise, rejectsAs } from "./system_conformance_help.ts";

const MIB = 1024 * 1024;

Deno.test("chunkFile over several segments equals one sequential pass", async () => {
  const disk = createMemoryDisk({ roots: ["/base"] });
  using tree = disk.openTree("/base");
  using file = tree.createFile("file");
  file.truncate(130 * MIB);
  // Data across the ends of segments (32 MiB).
  for (const at of [0, 31, 63, 127]) file.write(noise(2 * MIB, at), at * MIB + 12_345);
  const parameters = parametersFor(130 * MIB);
  const expected = chunkPart(file, { parameters, blake3: await openBlake3() });
  await using system = await openInlineSystem(disk);
  const chunks = [];
  for await (const list of system.chunkFile("/base/file")) chunks.push(...chunksOf(list));
  equal(chunks.length, expected.lengths.length);
  deepEqual(chunks, [...chunksOf(expected)]);
});

Deno.test("chunkFile of a file that shrinks meanwhile is refused, not cut short", async () => {
  const disk = createMemoryDisk({ roots: ["/base"] });
  using tree = disk.openTree("/base");
  using file = tree.createFile("file");
  file.write(noise(2 * MIB), 0);
  const faulty = createFaultyDisk(disk, {
    before: ({ operation }) => operation === "file.read" && file.truncate(0),
  });
  await using system = await openInlineSystem(faulty);
  const chunks = Array.fromAsync(system.chunkFile("/base/file"));
  equal((await rejectsAs("conflict", chunks)).detail.errno, "ECHANGED");
});

Deno.test("chunkFile reads little twice, however long chunks may be", async () => {
  const disk = createMemoryDisk({ roots: ["/base"] });
  using tree = disk.openTree("/base");
  using file = tree.createFile("file");
  file.truncate(130 * MIB);
  const parameters = { min: MIB, avg: 4 * MIB, max: 16 * MIB };
  let read = 0;
  const counted = createFaultyDisk(disk, {
    mutateRead: (bytes) => {
      read += bytes.length;
      return bytes;
    },
  });
  await using system = await openInlineSystem(counted);
  const lists = await Array.fromAsync(system.chunkFile("/base/file", parameters));
  equal(lists.flatMap((list) => [...chunksOf(list)]).length, 9);
  equal(read < 1.2 * 130 * MIB, true, `${read} bytes read`);
});
