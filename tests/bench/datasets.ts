/** The data that is measured on. Made once each, removed when no further row wants it. */
import { Random } from "../support/random.ts";

/** A kind of data, at a scale (1 is what the bars are set for). */
export interface Dataset {
  name: string;
  /** Bytes that making it takes in memory, file overhead included. */
  bytes(scale: number): number;
  /** Fills the folder. */
  make(directory: string, scale: number): void;
}

const GIB = 2 ** 30;
/** What tmpfs takes for a file, its contents apart: inode, entry, rounding. */
const OVERHEAD = 1500;

/** 20,000 files of 4 to 24 KB in 200 folders. */
export const smallFiles: Dataset = {
  name: "small",
  bytes: (scale) => scaled(20_000, scale) * (16_384 + OVERHEAD),
  make: (directory, scale) =>
    makeFiles(directory, scaled(20_000, scale), 100, (random) => random.integer(4_000, 24_000)),
};

/** One file of 2 GiB. */
export const bigFile: Dataset = {
  name: "big",
  bytes: (scale) => 2 * GIB * scale,
  make: (directory, scale) => writeRandom(`${directory}/file`, Math.round(2 * GIB * scale)),
};

/** One file of 1 GiB. */
export const gibibyteFile: Dataset = {
  name: "gibibyte",
  bytes: (scale) => bigFile.bytes(scale / 2),
  make: (directory, scale) => bigFile.make(directory, scale / 2),
};

/** 10,000 files of 10 KB in 100 folders. */
export const tenKilobyteFiles: Dataset = {
  name: "ten-kilobytes",
  bytes: (scale) => scaled(10_000, scale) * (12_288 + OVERHEAD),
  make: (directory, scale) => makeFiles(directory, scaled(10_000, scale), 100, () => 10_000),
};

/** 200,000 files of a few bytes in 1,000 folders. */
export const manyFiles: Dataset = {
  name: "many",
  bytes: (scale) => scaled(200_000, scale) * (4096 + OVERHEAD),
  make: (directory, scale) =>
    makeFiles(directory, scaled(200_000, scale), 200, (random) => random.integer(1, 99)),
};

/** 2 GiB in 200 files. */
export const hashFiles: Dataset = {
  name: "hash",
  bytes: (scale) => 2 * GIB * scale,
  make: (directory, scale) => {
    for (let i = 0; i < 200; i++) {
      writeRandom(`${directory}/${i}`, Math.round(2 * GIB * scale / 200));
    }
  },
};

/** 1,000,000 empty files in 1,000 folders. */
export const millionFiles: Dataset = {
  name: "million",
  bytes: (scale) => scaled(1_000_000, scale) * OVERHEAD,
  make: (directory, scale) => makeFiles(directory, scaled(1_000_000, scale), 1000, () => 0),
};

function scaled(count: number, scale: number): number {
  return Math.max(1, Math.round(count * scale));
}

function makeFiles(
  directory: string,
  count: number,
  perFolder: number,
  size: (random: Random) => number,
): void {
  const random = new Random(1);
  const pool = random.bytes(2 ** 20);
  for (let i = 0; i < count; i++) {
    const folder = `${directory}/folder${Math.floor(i / perFolder)}`;
    if (i % perFolder === 0) Deno.mkdirSync(folder);
    const length = size(random);
    const from = random.integer(0, pool.length - length);
    Deno.writeFileSync(`${folder}/file${i}`, pool.subarray(from, from + length));
  }
}

/** Bytes that neither compress nor repeat. */
function writeRandom(path: string, size: number): void {
  using file = Deno.openSync(path, { write: true, create: true, truncate: true });
  const block = new Uint8Array(2 ** 20);
  for (let left = size; left > 0; left -= block.length) {
    for (let at = 0; at < block.length; at += 65_536) {
      crypto.getRandomValues(block.subarray(at, at + 65_536));
    }
    const part = block.subarray(0, Math.min(left, block.length));
    for (let at = 0; at < part.length;) at += file.writeSync(part.subarray(at));
  }
}
