import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { check, Errno, errnoName, failure } from "./errno.ts";
import { Seek } from "./flags.ts";
import { ignore, libc } from "./test_help.ts";

Deno.test("errnoName knows the kernel's numbers", () => {
  for (const [name, number] of Object.entries(Errno)) equal(errnoName(number), name);
  const known = [[28, "ENOSPC"], [39, "ENOTEMPTY"], [84, "EILSEQ"], [116, "ESTALE"]];
  const last = [[122, "EDQUOT"], [133, "EHWPOISON"], [41, "E41"], [58, "E58"], [4000, "E4000"]];
  for (const [number, name] of [...known, ...last]) equal(errnoName(number as number), name);
});

Deno.test("check passes results through and throws failures", () => {
  equal(check(7, "open", "x"), 7);
  const expected = failure(-Errno.ENOENT, "open", "x");
  deepEqual([expected.code, expected.detail.errno], ["not_found", "ENOENT"]);
  throws(() => check(-Errno.ENOENT, "open", "x"), OrbitError);
});

Deno.test({ name: "errors keep their own numbers while memory is collected", ignore }, () => {
  const { entries, files, open } = libc;
  const kept: Uint8Array[] = [];
  for (let round = 0; round < 20_000; round++) {
    kept[round % 64] = new Uint8Array(1 + (round * 37) % 9000);
    equal(files.lseek(-1, 0, Seek.data), -9);
    equal(entries.openat(-100, libc.name("/missing/file"), open.readOnly), -Errno.ENOENT);
    equal(entries.openat(-100, libc.name("/dev/null/x"), open.readOnly), -Errno.ENOTDIR);
    equal(entries.mkdirat(-100, libc.name("/"), 0o755), -17);
  }
});
