/** How much larger a file may be than it was when it was scanned. */
import type { CopyAction } from "../system.ts";
import { LARGE_BYTES } from "./large.ts";
import { torn } from "../parcel/format.ts";
import { changed } from "./source_trouble.ts";

const MOST_GROWTH = 4;

/**
 * A source's word is all there is for a file's size, and a hole of any size costs it nothing.
 *
 * @throws `conflict` with errno "ECHANGED" when a file would have grown beyond all likelihood.
 */
export function checkGrowth(size: number, action: CopyAction): void {
  if (size > MOST_GROWTH * Math.max(action.size, LARGE_BYTES)) throw changed(action.sourcePath);
}

/**
 * What comes of a file that can't be made is passed over, but not for ever.
 *
 * @throws `corrupt` when it isn't the rest of a small file.
 */
export function checkPassedOver(bytes: number): void {
  if (bytes > LARGE_BYTES) throw torn("too much comes of a file that can't be made");
}
