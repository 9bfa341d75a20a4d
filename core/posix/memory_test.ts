import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import { PATH_MAX } from "./memory.ts";
import { ignore, libc } from "./test_help.ts";

Deno.test({ name: "NativeMemory stays where it is while memory is collected", ignore }, () => {
  const memory = libc.allocate(8);
  const { calls } = libc.context;
  for (let round = 0; round < 2000; round++) {
    new Uint8Array(10_000 + round);
    equal(calls.addressOf(memory.bytes, 0n, 0n), memory.address);
  }
  const other = libc.allocate(8);
  memory.bytes.set([1, 2, 3, 4, 5, 6, 7, 8]);
  calls.memcpy(other.address, memory.address, 8n);
  deepEqual([...other.bytes], [1, 2, 3, 4, 5, 6, 7, 8]);
});

Deno.test({ name: "aligned memory begins at a cache line, zeroed and of its size", ignore }, () => {
  for (const size of [0, 1, 63, 64, 4096, 1_048_576]) {
    const bytes = libc.allocateAligned(size);
    equal(bytes.length, size);
    equal(bytes.every((byte) => byte === 0), true);
    if (size > 0) equal(libc.context.calls.addressOf(bytes, 0n, 0n) % 64n, 0n);
  }
});

Deno.test({ name: "TextSlot stores bytes as they are, with a NUL after them", ignore }, () => {
  const slot = libc.createTextSlot();
  const copy = libc.allocate(16);
  for (const [text, bytes] of [["ab", [0x61, 0x62]], ["é\udcff", [0xc3, 0xa9, 0xff]], ["", []]]) {
    slot.put("longer than that");
    libc.context.calls.memcpy(copy.address, slot.put(text as string), 16n);
    deepEqual([...copy.bytes.subarray(0, bytes.length + 1)], [...bytes, 0]);
  }
});

Deno.test({ name: "TextSlot refuses NUL and what is too long", ignore }, () => {
  const slot = libc.createTextSlot();
  slot.put("x".repeat(PATH_MAX - 1));
  for (const text of ["a\0b", "é\0", "x".repeat(PATH_MAX), "é".repeat(PATH_MAX / 2)]) {
    throws(() => slot.put(text), { name: "OrbitError", code: "invalid" });
  }
});
