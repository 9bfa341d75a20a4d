import { openWholeLibc } from "#core/posix/test_help.ts";
import { makeRealBed, testDisk } from "./disk_conformance.ts";
import { createPosixDisk } from "./disk_posix.ts";

const opened = openWholeLibc();

if ("libc" in opened) {
  const { libc } = opened;
  testDisk(
    "posix disk",
    () => makeRealBed((roots) => createPosixDisk({ libc, roots, followWithin: "tree" })),
  );
}
