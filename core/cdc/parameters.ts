/** What decides where files are cut, and how that is written down beside every index. */
import { OrbitError } from "#core/errors.ts";
import { GEAR_ID } from "./gear.ts";
import { WINDOW_BYTES } from "./window.ts";

/** Sizes of chunks, in bytes. */
export interface ChunkParameters {
  /** No chunk but a file's last is shorter. */
  readonly min: number;
  /** What chunks of random data have on average, within a few percent; a power of two. */
  readonly avg: number;
  /** No chunk is longer. */
  readonly max: number;
}

const KIB = 1024;
const GIB = 1024 ** 3;

/** Between these the masks have bits enough, and a chunk fits into a read buffer. */
const AVG_LIMITS = { smallest: 256, largest: 16 * 1024 * KIB } as const;
const LARGEST_MAX = 64 * 1024 * KIB;

/**
 * Tiers keep the number of chunks of one file, and so its index, at about a million up to 4 TiB,
 * while files of ordinary size get small chunks and so small deltas. Within a tier
 * min : avg : max is 1 : 4 : 16.
 */
const TIERS: readonly { upTo: number; avg: number }[] = [
  { upTo: GIB, avg: 64 * KIB },
  { upTo: 16 * GIB, avg: 256 * KIB },
  { upTo: 256 * GIB, avg: 1024 * KIB },
  { upTo: Infinity, avg: 4096 * KIB },
];

/**
 * The parameters for a file of that many bytes:
 *
 * | file | min / avg / max |
 * |---|---|
 * | up to 1 GiB | 16 / 64 / 256 KiB |
 * | up to 16 GiB | 64 / 256 / 1024 KiB |
 * | up to 256 GiB | 256 / 1024 / 4096 KiB |
 * | larger | 1 / 4 / 16 MiB |
 *
 * @throws `invalid` for a size that no file has.
 */
export function parametersFor(fileSize: number): ChunkParameters {
  const tier = fileSize >= 0 ? TIERS.find(({ upTo }) => fileSize <= upTo) : undefined;
  if (tier === undefined) {
    throw new OrbitError("invalid", `choose chunk parameters "${fileSize}": not a file size`);
  }
  return { min: tier.avg / 4, avg: tier.avg, max: tier.avg * 4 };
}

/**
 * Checks parameters from outside: whole numbers, 64 ≤ min ≤ avg / 2, 2 avg ≤ max ≤ 64 MiB, and avg
 * a power of two from 256 bytes to 16 MiB.
 *
 * @throws `invalid`
 */
export function validateParameters(parameters: ChunkParameters): void {
  const { min, avg, max } = parameters;
  const fault = !(Number.isInteger(min) && Number.isInteger(avg) && Number.isInteger(max))
    ? "not whole numbers"
    : avg < AVG_LIMITS.smallest || avg > AVG_LIMITS.largest || !Number.isInteger(Math.log2(avg))
    ? "avg is not a power of two from 256 bytes to 16 MiB"
    : min < 2 * WINDOW_BYTES || min > avg / 2
    ? "min is not between 64 bytes and half of avg"
    : max < 2 * avg || max > LARGEST_MAX
    ? "max is not between twice avg and 64 MiB"
    : null;
  if (fault !== null) {
    throw new OrbitError("invalid", `check chunk parameters "${min}/${avg}/${max}": ${fault}`);
  }
}

const ALGORITHM = "fastcdc-v1";

/**
 * Names everything that decides where a file is cut, such as
 * `fastcdc-v1:gear=splitmix32-4f726269:16384/65536/262144`. Chunk lists can be compared exactly
 * when their ids are equal.
 */
export function toAlgorithmId({ min, avg, max }: ChunkParameters): string {
  return `${ALGORITHM}:gear=${GEAR_ID}:${min}/${avg}/${max}`;
}

/**
 * The parameters that an algorithm id names.
 *
 * @throws `unsupported` for another algorithm or gear table, `invalid` for what no id is.
 */
export function parseAlgorithmId(id: string): ChunkParameters {
  const match = /^([\w-]{1,64}):gear=([\w-]{1,64}):(\d{1,10})\/(\d{1,10})\/(\d{1,10})$/.exec(id);
  if (match === null) {
    const shown = JSON.stringify(id.slice(0, 200));
    throw new OrbitError("invalid", `parse chunk algorithm ${shown}: malformed`);
  }
  const [, algorithm, gear, min, avg, max] = match;
  if (algorithm !== ALGORITHM || gear !== GEAR_ID) {
    throw new OrbitError("unsupported", `parse chunk algorithm "${id}": unknown algorithm`);
  }
  const parameters = { min: Number(min), avg: Number(avg), max: Number(max) };
  validateParameters(parameters);
  if (toAlgorithmId(parameters) !== id) {
    throw new OrbitError("invalid", `parse chunk algorithm "${id}": not in canonical form`);
  }
  return parameters;
}
