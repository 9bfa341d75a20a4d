import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { isArch, libcCandidates } from "./candidates.ts";
import { openFlags } from "./flags.ts";

Deno.test("libcCandidates are full paths of the processor asked for", () => {
  for (const [arch, other] of [["x86_64", "aarch64"], ["aarch64", "x86_64"]]) {
    const paths = libcCandidates(arch, "linux");
    equal(paths[0], `/lib/${arch}-linux-gnu/libc.so.6`);
    ok(paths.every((path) => path.startsWith("/") && path.endsWith("/libc.so.6")));
    ok(!paths.some((path) => path.includes(other)));
  }
});

Deno.test("libcCandidates are none for other systems and processors", () => {
  deepEqual(libcCandidates("x86_64", "darwin"), []);
  deepEqual(libcCandidates("riscv64", "linux"), []);
  equal(isArch("toString"), false);
});

Deno.test("openFlags differ where the processors do", () => {
  // From arch/x86 (asm-generic) and arch/arm64/include/uapi/asm/fcntl.h.
  const x86 = openFlags("x86_64"), arm = openFlags("aarch64");
  const pick = ({ direct, directory, noFollow, temporary }: typeof x86) =>
    [direct, directory, noFollow, temporary].map((flag) => flag.toString(8));
  deepEqual(pick(x86), ["40000", "200000", "400000", "20200000"]);
  deepEqual(pick(arm), ["200000", "40000", "100000", "20040000"]);
  equal(x86.closeOnExec, arm.closeOnExec);
});
