/** Lists cut into pieces that fit into messages. */

/** A piece's bounds. */
export interface SliceBounds {
  /** Elements. */
  count: number;
  /** Sum of what `sizeOf` says; a single element may be larger. */
  size: number;
}

/** Consecutive pieces of a list, none empty. */
export function* slices<T>(
  list: readonly T[],
  bounds: SliceBounds,
  sizeOf: (element: T) => number,
): Generator<T[]> {
  let piece: T[] = [], size = 0;
  for (const element of list) {
    const own = sizeOf(element);
    if (piece.length > 0 && (piece.length >= bounds.count || size + own > bounds.size)) {
      yield piece;
      piece = [], size = 0;
    }
    piece.push(element);
    size += own;
  }
  if (piece.length > 0) yield piece;
}

/** A bound of a path's bytes, without encoding it. */
export function pathSize(path: string): number {
  return path.length * 3 + 4;
}
