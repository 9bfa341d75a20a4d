/**
 * Where the native BLAKE3 addon is.
 *
 * The package's own loader asks for the permissions `sys` and `env` and for much of the file
 * system; the one file with the machine code in it needs `read` and `ffi` for itself alone. It is
 * in a package for each platform that is installed beside the main one. Module loading resolves
 * symbolic links before it checks permissions, so what counts is the file's real path.
 */
const PACKAGE = "blake-hash";

/** What an addon's package and file are named after. */
export interface Platform {
  os: string;
  arch: string;
  /** The C library, on Linux. */
  env?: string;
}

/**
 * The real path of the addon file for this platform, to put on the `read` and `ffi` permission
 * lists of a process or worker; null when none is installed, there is none for this platform, or
 * this process may not read it. Never prompts.
 */
export function nativeAddonPath(): string | null {
  const main = mainModule();
  if (main === null) return null;
  for (const target of addonTargets(Deno.build)) {
    for (const url of addonCandidates(main, target)) {
      const real = realPathOfFile(url);
      if (real !== null) return real;
    }
  }
  return null;
}

/** The suffixes of package names that may serve a platform, preferred first. */
export function addonTargets({ os, arch, env }: Platform): string[] {
  const cpu = { x86_64: "x64", aarch64: "arm64" }[arch];
  if (cpu === undefined) return [];
  switch (os) {
    case "linux":
      return [`linux-${cpu}-${env === "musl" ? "musl" : "gnu"}`];
    case "darwin":
      return ["darwin-universal", `darwin-${cpu}`];
    case "windows":
      return [`win32-${cpu}-msvc`];
    case "android":
      return cpu === "arm64" ? ["android-arm64"] : [];
    case "freebsd":
      return cpu === "x64" ? ["freebsd-x64"] : [];
    default:
      return [];
  }
}

/**
 * Where a target's addon may be, seen from the main package's entry module (all as URLs). The first guess spells
 * the real path in Deno's `node_modules` (`.deno/<name>@<version>/node_modules/<name>`), so that
 * a worker that may read nothing else finds it; the second is any installer's sibling folder.
 */
export function addonCandidates(main: string, target: string): string[] {
  const scope = new URL("..", main).href;
  const file = `${PACKAGE}-${target}/blake.${target}.node`;
  const sibling = scope + file;
  const isolated = scope.replace(`+${PACKAGE}@`, `+${PACKAGE}-${target}@`);
  return isolated === scope ? [sibling] : [isolated + file, sibling];
}

function mainModule(): string | null {
  try {
    const url = import.meta.resolve(`@napi-rs/${PACKAGE}`);
    return url.startsWith("file:") ? url : null;
  } catch {
    return null; // not installed: there is nothing to find
  }
}

function realPathOfFile(url: string): string | null {
  const path = new URL(url);
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return null;
  try {
    return Deno.realPathSync(path);
  } catch {
    return null; // not there: the next candidate may be
  }
}
