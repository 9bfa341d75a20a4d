/** What is asked of whoever packs content. */
import type { SliceBounds } from "#core/slices.ts";
import type { CallOptions } from "../system.ts";

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

/** Whoever has content: a system, or a Star at the other end of a Direct Link. */
export interface PackSource {
  /** For messages. */
  readonly name: string;
  /**
   * Parcels with the content of the items, in their order. Each has a buffer of its own, which goes
   * to whoever takes it.
   */
  pack(request: PackRequest, options?: CallOptions): AsyncIterable<Uint8Array<ArrayBuffer>>;
}
