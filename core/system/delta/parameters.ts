/** When a file is worth a delta, and how finely it is cut for one. */
import { type ChunkParameters, parametersFor } from "#core/cdc/mod.ts";

const KIB = 1024, MIB = 1024 * KIB;

/** Smaller files are sent whole: another round trip costs more than they do. */
export const LEAST_DELTA_BYTES = 256 * KIB;

/** The share of a file that must be at hand already for a delta to be worth its trouble. */
export const LEAST_MATCH = 0.05;

/** Bytes of a file that aren't looked for everywhere when they aren't where they were. */
export function searchLimit(size: number, { avg }: ChunkParameters): number {
  return Math.max(16 * avg, size / 256);
}

/** A recipe of more chunks isn't held in memory: 40 bytes each, twice. */
export const MAX_RECIPE_CHUNKS = 2 ** 20;

/** Below this, chunks of the usual size would be too few to find anything in. */
const FINE_BYTES = 8 * MIB;
const FINE: ChunkParameters = { min: 2 * KIB, avg: 8 * KIB, max: 32 * KIB };

/** How a file of that size is cut. */
export function deltaParameters(size: number): ChunkParameters {
  return size < FINE_BYTES ? FINE : parametersFor(size);
}

/** Bytes of a file that are cut by one request: many chunks, and not long to wait for. */
export function recipeStep({ avg }: ChunkParameters): number {
  return Math.max(32 * MIB, 128 * avg);
}

/** Bytes by which two ranges of a recipe overlap, so that they nearly always have a cut in common. */
export function recipeOverlap({ avg }: ChunkParameters): number {
  return 8 * avg;
}
