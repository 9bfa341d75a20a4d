/** What the tests of this folder share. */
import type { Libc } from "./libc.ts";
import { type LibcOpening, openLibc } from "./open.ts";

/** Opens the C library with all of its functions: bound within a test they would seem to leak. */
export function openWholeLibc(): LibcOpening {
  const opened = openLibc();
  if ("libc" in opened) opened.libc.bindAll();
  return opened;
}

const opened = openWholeLibc();

/** The C library; tests that need it are skipped where it can't be had. */
export const libc = "libc" in opened ? opened.libc : null as unknown as Libc;

/** For `Deno.test`: skip without the library. */
export const ignore = !("libc" in opened);

/** An empty directory, and a descriptor of it, removed and closed in the end. */
export function makeFolder(): { path: string; fd: number; [Symbol.dispose](): void } {
  const path = Deno.makeTempDirSync({ prefix: "orbit-posix-" });
  const fd = libc.entries.openat(-100, libc.name(path), libc.open.directory);
  return {
    path,
    fd,
    [Symbol.dispose]() {
      libc.files.close(fd);
      Deno.removeSync(path, { recursive: true });
    },
  };
}

/** An open file of a directory, made if need be. */
export function openIn(directory: number, name: string): { fd: number; [Symbol.dispose](): void } {
  const { open } = libc;
  const fd = libc.entries.openat(directory, libc.name(name), open.readWrite | open.create, 0o600);
  return { fd, [Symbol.dispose]: () => libc.files.close(fd) };
}
