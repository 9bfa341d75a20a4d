/** A hostile neighbour: swaps two entries of a directory, over and over, until it is killed. */
import { Rename } from "#core/posix/mod.ts";
import { libc } from "./disk_posix_help.ts";

const [folder, one, other] = Deno.args;
const fd = libc.entries.openat(-100, libc.name(folder), libc.open.directory);
console.log("swapping");
for (;;) libc.entries.renameat2(fd, libc.name(one), fd, libc.otherName(other), Rename.exchange);
