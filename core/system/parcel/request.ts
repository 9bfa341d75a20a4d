/** What is asked of whoever packs content. */
import { type ChunkParameters, validateParameters } from "#core/cdc/mod.ts";
import { OrbitError } from "#core/errors.ts";
import type { SliceBounds } from "#core/slices.ts";
import type { CallOptions } from "../system.ts";
import type { NearbyChunks } from "./nearby.ts";
import type { Spares } from "./spares.ts";

/** A file, or a range of one. */
export interface PackItem {
  /** Index into the request's `sources`. */
  source: number;
  /** Path under that base. */
  path: string;
  /** Where the range begins; 0 when absent. */
  offset?: number;
  /** Bytes of the range; to the end of the file when absent. */
  length?: number;
  /** Chunks are wanted instead of content, of which then nothing is asked (`length` 0). */
  recipe?: RecipeRange;
}

/** Chunks of a file: from the one that begins at `from` to the first that ends at `until` or behind. */
export interface RecipeRange {
  parameters: ChunkParameters;
  from: number;
  until: number;
}

/** What a range of a recipe has at most: so many bytes, or so many chunks of the average size. */
const MOST_RECIPE = { bytes: 64 * 1024 * 1024, chunks: 1024 };

/**
 * What a range costs its source is to read and to cut so many bytes: one request may not ask for
 * any number of them.
 *
 * @throws {OrbitError} `invalid` when a range is too long, or none.
 */
export function checkRecipeRange({ parameters, from, until }: RecipeRange): void {
  validateParameters(parameters);
  const most = Math.max(MOST_RECIPE.bytes, MOST_RECIPE.chunks * parameters.avg);
  const whole = Number.isSafeInteger(from) && Number.isSafeInteger(until) && from >= 0;
  if (whole && until > from && until - from <= most) return;
  throw new OrbitError("invalid", `pack: a recipe of ${from} to ${until} is none, or too long`);
}

/** What one request holds at most: items, and bytes of their paths as `pathSize` counts them. */
export const PACK_BOUNDS: SliceBounds = { count: 1024, size: 512 * 1024 };

/** Files whose content is wanted. */
export interface PackRequest {
  /** Absolute base paths. */
  sources: string[];
  items: PackItem[];
  /** Pack what a link points to, as far as the roots allow. */
  followLinks: boolean;
}

/** How content is given. */
export interface PackOptions extends CallOptions {
  /** Where buffers of parcels may be taken from, and are given back by who has read them. */
  spares?: Spares;
}

/** Whoever has content: a system, or a Star at the other end of a Direct Link. */
export interface PackSource {
  /** For messages. */
  readonly name: string;
  /** Who may have some of the content nearer, the nearest first. */
  readonly near?: readonly NearbyChunks[];
  /**
   * Parcels with the content of the items, in their order. Each has a buffer of its own, which goes
   * to whoever takes it.
   */
  pack(request: PackRequest, options?: PackOptions): AsyncIterable<Uint8Array<ArrayBuffer>>;
}
