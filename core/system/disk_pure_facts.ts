/** What Deno's and node:fs's calls tell about files, as the port's facts. */
import type { FileFacts } from "./disk.ts";
import { FileType } from "./scan_batch.ts";
import * as fs from "node:fs";

/** What makes two looks be at one file. */
export interface Identity {
  dev: number;
  ino: number | null;
}

/** Whether two looks were at one file. */
export function isSame(a: Identity, b: Identity): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

/** Facts from `Deno.lstatSync`. */
export function toFacts(info: Deno.FileInfo): FileFacts {
  return makeFacts(
    info as Stats,
    info.mode ?? modeOf(info),
    info.mtime?.getTime() ?? 0,
    info.ctime?.getTime() ?? 0,
  );
}

/** Facts of an open file. */
export function factsOfOpen(fd: number): FileFacts {
  const stats = fs.fstatSync(fd);
  return makeFacts(stats, stats.mode, Math.trunc(stats.mtimeMs), Math.trunc(stats.ctimeMs));
}

type Stats = Record<"uid" | "gid" | "nlink" | "size" | "ino" | "dev" | "rdev" | "blocks", number>;

function makeFacts(from: Stats, mode: number, mtimeMs: number, ctimeMs: number): FileFacts {
  const dev = from.dev ?? 0, rdev = from.rdev ?? 0;
  return {
    mode,
    uid: from.uid ?? 0,
    gid: from.gid ?? 0,
    nlink: from.nlink ?? 1,
    size: from.size,
    mtime: Math.floor(mtimeMs / 1000),
    mtimeNs: nanosecondsOf(mtimeMs),
    ctime: Math.floor(ctimeMs / 1000),
    ctimeNs: nanosecondsOf(ctimeMs),
    ino: from.ino ?? 0,
    devMajor: majorOf(dev),
    devMinor: minorOf(dev),
    rdevMajor: majorOf(rdev),
    rdevMinor: minorOf(rdev),
    blocks: from.blocks ?? Math.ceil(from.size / 512),
  };
}

function nanosecondsOf(milliseconds: number): number {
  return (milliseconds - Math.floor(milliseconds / 1000) * 1000) * 1e6;
}

/** Takes a device number apart as Linux's `makedev` packs it; one to one for any 64-bit number. */
function majorOf(dev: number): number {
  return (Math.floor(dev / 256) & 0xfff) + Math.floor(dev / 2 ** 44) * 4096;
}

function minorOf(dev: number): number {
  return (dev % 256) + (Math.floor(dev / 2 ** 20) % 2 ** 24) * 256;
}

/** The mode where the platform has none (Windows). */
function modeOf(info: Deno.FileInfo): number {
  if (info.isDirectory) return FileType.directory | 0o755;
  return info.isSymlink ? FileType.link | 0o777 : FileType.file | 0o644;
}
