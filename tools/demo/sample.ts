/** Files of mixed kinds and sizes, and what happens to them. */
import { dirname } from "node:path";

/** How much was made. */
export interface Sample {
  files: number;
  bytes: number;
}

const MIB = 1024 * 1024;
const LARGE_FILE = "video/first-light.mp4";
const LARGE_BYTES = 64 * MIB;

/** Makes a few hundred files, one of them large. */
export function makeSample(root: string): Sample {
  const made: Sample = { files: 0, bytes: 0 };
  const write = (name: string, content: Uint8Array | string, mode = 0o644) => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    Deno.mkdirSync(dirname(`${root}/${name}`), { recursive: true });
    Deno.writeFileSync(`${root}/${name}`, bytes, { mode });
    made.files++;
    made.bytes += bytes.length;
  };
  for (let i = 1; i <= 160; i++) {
    const photo = randomBytes(4096 + (i * 7919) % 60_000);
    photo.set([0xff, 0xd8, 0xff, 0xe0]);
    write(`photos/${2020 + i % 5}/IMG_${numbered(i)}.jpg`, photo);
  }
  for (let i = 1; i <= 90; i++) write(`documents/plan-${numbered(i)}.md`, prose(i));
  for (let i = 1; i <= 60; i++) write(`source/module_${numbered(i)}.ts`, code(i));
  for (let i = 1; i <= 6; i++) write(`music/track-${i}.flac`, randomBytes(MIB / 2 + i * 4321));
  write("source/build.sh", "#!/bin/sh\nexec deno task ok\n", 0o755);
  write("documents/Übersicht – final (2).txt", prose(2));
  write("documents/empty", "");
  Deno.symlinkSync("first-light.mp4", makeFolder(`${root}/video`) + "/newest");
  writeLarge(`${root}/${LARGE_FILE}`);
  return { files: made.files + 1, bytes: made.bytes + LARGE_BYTES };
}

/** Changes a file and adds one; their paths. */
export function changeSample(root: string): string[] {
  const changed = "documents/plan-0007.md", added = "photos/2024/IMG_0161.jpg";
  Deno.writeTextFileSync(`${root}/${changed}`, "\nAnd then we changed our minds.\n", {
    append: true,
  });
  Deno.writeFileSync(`${root}/${added}`, randomBytes(48 * 1024));
  return [changed, added];
}

/** Flips one bit of a file, keeping its size and its times as they are: the path. */
export function damageFile(root: string): string {
  const name = "photos/2021/IMG_0006.jpg", path = `${root}/${name}`;
  const { atime, mtime } = Deno.statSync(path);
  using file = Deno.openSync(path, { read: true, write: true });
  const byte = new Uint8Array(1);
  file.seekSync(1000, Deno.SeekMode.Start);
  file.readSync(byte);
  byte[0] ^= 1;
  file.seekSync(1000, Deno.SeekMode.Start);
  file.writeSync(byte);
  file.utimeSync(atime!, mtime!);
  return name;
}

function writeLarge(path: string): void {
  using file = Deno.openSync(path, { write: true, createNew: true });
  const block = randomBytes(MIB);
  for (let written = 0; written < LARGE_BYTES; written += block.length) {
    // No two blocks alike, and no time lost on randomness.
    new DataView(block.buffer).setUint32(0, written);
    for (let at = 0; at < block.length;) at += file.writeSync(block.subarray(at));
  }
}

function makeFolder(path: string): string {
  Deno.mkdirSync(path, { recursive: true });
  return path;
}

function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  const most = 65_536; // that a call gives
  for (let at = 0; at < length; at += most) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(at + most, length)));
  }
  return bytes;
}

function prose(seed: number): string {
  const lines = Array.from(
    { length: 8 + seed % 120 },
    (_, line) => `${line + 1}. Of the ${seed * 31 + line} ways to lose a file, this is one less.`,
  );
  return `# Plan ${seed}\n\n${lines.join("\n")}\n`;
}

function code(seed: number): string {
  const lines = Array.from(
    { length: 5 + seed % 80 },
    (_, line) => `export const value${line} = ${(seed * 2654435761 + line * 40503) >>> 0};`,
  );
  return `${lines.join("\n")}\n`;
}

function numbered(index: number): string {
  return `${index}`.padStart(4, "0");
}
