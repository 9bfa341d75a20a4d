/**
 * A file worker's own part in its walls: it enters the kernel's, and tries whether each stands.
 *
 * The runtime's wall are the permissions that the worker was started with, the app's is its disk.
 */
import { OrbitError, toErrorData } from "#core/errors.ts";
import { At, Errno, type LibcOpening, restrictToRoots } from "#core/posix/mod.ts";
import type { Disk } from "./disk.ts";
import type { Walls } from "./walls.ts";

/** What the kernel lets a worker do. */
export interface KernelRoots {
  /** Absolute paths that may be read. */
  read: readonly string[];
  /** Absolute paths that may be read and written. */
  write: readonly string[];
}

/** How entering the kernel's wall went. */
export type KernelWall = { abi: number } | { reason: string };

/**
 * Puts this thread, for the rest of its life, into a Landlock domain that grants its roots and
 * nothing else. Where that can't be had it says why: the other walls hold without it.
 */
export function enterKernelWall(opened: LibcOpening, { read, write }: KernelRoots): KernelWall {
  if ("reason" in opened) return { reason: opened.reason };
  try {
    return { abi: restrictToRoots(opened.libc, { read: [...read, ...write], write }) };
  } catch (error) {
    const isMissing = error instanceof OrbitError && error.code === "unsupported";
    const reason = isMissing ? "the kernel doesn't offer Landlock" : toErrorData(error).message;
    return { reason };
  }
}

/**
 * Gives up the permission to load libraries, once those in use are loaded: what they gave stays, but
 * code that gets in later can't reach other functions of theirs, or this process's memory.
 */
export function giveUpLibraries(opened: LibcOpening): void {
  if ("libc" in opened) opened.libc.bindAll();
  Deno.permissions.revokeSync({ name: "ffi" });
}

/**
 * Lies outside every root but itself, is there on every system, and may be listed by everyone:
 * whoever is refused it is held by a wall.
 */
const OUTSIDE = "/";

/** Tries to get out, past each wall alone, and tells which ones stood. */
export function probeWalls(disk: Disk, opened: LibcOpening, entered: KernelWall): Walls {
  const app = tryDisk(disk), runtime = tryRuntime(), kernel = tryKernel(opened, entered);
  const whyNot: Walls["whyNot"] = {};
  if (app !== null) whyNot.app = app;
  if (runtime !== null) whyNot.runtime = runtime;
  if (typeof kernel === "string") whyNot.kernel = kernel;
  return {
    app: app !== null ? null : disk.features.kernelConfinement ? "openat2" : "resolve",
    runtime: runtime === null,
    kernel: typeof kernel === "string" ? null : `landlock ABI ${kernel.abi}`,
    whyNot,
  };
}

const WIDE_OPEN = `${JSON.stringify(OUTSIDE)} could be opened`;

/** Why the disk doesn't hold; null when it does. */
function tryDisk(disk: Disk): string | null {
  try {
    disk.openTree(OUTSIDE)[Symbol.dispose]();
    return WIDE_OPEN;
  } catch (error) {
    if (error instanceof OrbitError && error.code === "denied") return null;
    return toErrorData(error).message;
  }
}

/** Why Deno's permissions don't hold; null when they do. */
function tryRuntime(): string | null {
  try {
    for (const _entry of Deno.readDirSync(OUTSIDE)) break;
    return WIDE_OPEN;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return null;
    // The system refused it, so Deno had let it through.
    return `this program's permissions cover ${JSON.stringify(OUTSIDE)}`;
  }
}

function tryKernel(opened: LibcOpening, entered: KernelWall): { abi: number } | string {
  if ("reason" in entered) return entered.reason;
  if ("reason" in opened) return opened.reason;
  const { libc } = opened;
  const flags = libc.open.readOnly | libc.open.directory | libc.open.closeOnExec;
  const fd = libc.entries.openat(At.currentDirectory, libc.name(OUTSIDE), flags);
  if (fd === -Errno.EACCES) return entered;
  if (fd < 0) return `tried ${JSON.stringify(OUTSIDE)}: error ${-fd}`;
  libc.files.close(fd);
  return WIDE_OPEN;
}
