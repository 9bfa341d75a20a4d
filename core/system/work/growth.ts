/** How much larger a file may be than it was when it was scanned. */
import type { CopyAction } from "../system.ts";
import { LARGE_BYTES } from "./large.ts";
import { torn } from "../parcel/format.ts";
import { changed } from "./source_trouble.ts";

const MOST_GROWTH = 4;

/** The largest that a file may have become. */
function mostBytes({ size }: CopyAction): number {
  return MOST_GROWTH * Math.max(size, LARGE_BYTES);
}

/**
 * A source's word is all there is for a file's size, and a hole of any size costs it nothing.
 *
 * @throws `conflict` with errno "ECHANGED" when a file would have grown beyond all likelihood.
 */
export function checkGrowth(size: number, action: CopyAction): void {
  if (size > mostBytes(action)) throw changed(action.sourcePath);
}

/**
 * What comes of a file that can't be made is passed over, but not for ever.
 *
 * @throws `corrupt` when more has come of it than any file has that may be made.
 */
export function checkPassedOver(bytes: number, action: CopyAction): void {
  if (bytes > mostBytes(action)) throw torn("more comes of a file than it can have");
}
