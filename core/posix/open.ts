import { isArch, libcCandidates } from "./candidates.ts";
import { Errno, errnoName } from "./errno.ts";
import { type Arch, At, Resolve } from "./flags.ts";
import { Libc } from "./libc.ts";
import { type BindCalls, SYMBOLS } from "./symbols.ts";

/** The library, or why it can't be had. */
export type LibcOpening = { libc: Libc } | { reason: string };

/**
 * Opens the C library, if this is Linux on a processor the layer knows and the program may
 * (`--allow-ffi` with the library's full path). Never prompts. The kernel must have `openat2`
 * (Linux 5.6), without which there is no confinement to offer.
 *
 * @example
 * ```ts
 * import { openLibc } from "#core/posix/mod.ts";
 * const opened = openLibc();
 * console.log("libc" in opened ? opened.libc.path : opened.reason);
 * ```
 */
export function openLibc(): LibcOpening {
  if (Deno.build.os !== "linux") return refuse(`no libc layer for ${Deno.build.os}`);
  const arch = Deno.build.arch;
  if (!isArch(arch)) return refuse(`no libc layer for ${arch}`);
  const allowed = libcCandidates(arch).filter(mayLoad);
  if (allowed.length === 0) return refuse("no permission to load the C library (--allow-ffi)");
  for (const path of allowed) {
    const libc = load(path, arch);
    if (libc) return probe(libc);
  }
  return refuse("no GNU C library where it may be loaded from");
}

function refuse(reason: string): LibcOpening {
  return { reason };
}

function mayLoad(path: string): boolean {
  return Deno.permissions.querySync({ name: "ffi", path }).state === "granted";
}

function load(path: string, arch: Arch): Libc | null {
  try {
    return new Libc(binder(path), arch, path);
  } catch {
    // Not there, of another processor, or without one of the functions: the next path may do.
    return null;
  }
}

/** The one `dlopen` of the project. */
function binder(path: string): BindCalls {
  return (group) => Deno.dlopen(path, SYMBOLS[group]).symbols as never;
}

/** Old kernels lack `openat2`, and some container filters refuse it. */
function probe(libc: Libc): LibcOpening {
  const { path, directory, closeOnExec } = libc.open;
  const flags = path | directory | closeOnExec;
  const fd = libc.entries.openat2(At.currentDirectory, libc.name("/"), flags, Resolve.noMagicLinks);
  if (fd < 0) {
    const known = fd === -Errno.ENOSYS || fd === -Errno.EPERM;
    return refuse(
      known ? "the kernel doesn't offer openat2" : `openat2 doesn't work (${errnoName(-fd)})`,
    );
  }
  libc.files.close(fd);
  return { libc };
}
