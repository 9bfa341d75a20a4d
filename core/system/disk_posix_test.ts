import { openLibc } from "#core/posix/mod.ts";
import { makeRealBed, testDisk } from "./disk_conformance.ts";
import { createPosixDisk } from "./disk_posix.ts";

const opened = openLibc();

if ("libc" in opened) {
  const { libc } = opened;
  testDisk(
    "posix disk",
    () => makeRealBed((roots) => createPosixDisk({ libc, roots, followWithin: "tree" })),
  );
}
