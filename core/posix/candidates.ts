import type { Arch } from "./flags.ts";

const TRIPLES: Record<Arch, string> = {
  x86_64: "x86_64-linux-gnu",
  aarch64: "aarch64-linux-gnu",
};

/**
 * Full paths at which distributions keep the GNU C library for a processor, in the order they are
 * tried: the multiarch folder (Debian, Ubuntu), then the folders of the others (Fedora, SUSE,
 * Arch). A list for `--allow-ffi`; paths that don't exist do no harm there.
 * Empty for other systems and processors.
 */
export function libcCandidates(arch: string = Deno.build.arch, os = Deno.build.os): string[] {
  if (os !== "linux" || !isArch(arch)) return [];
  const triple = TRIPLES[arch];
  return [
    `/lib/${triple}/libc.so.6`,
    `/usr/lib/${triple}/libc.so.6`,
    "/lib64/libc.so.6",
    "/usr/lib64/libc.so.6",
    "/lib/libc.so.6",
    "/usr/lib/libc.so.6",
  ];
}

/** Whether the layer's tables cover the processor. */
export function isArch(arch: string): arch is Arch {
  return Object.hasOwn(TRIPLES, arch);
}
