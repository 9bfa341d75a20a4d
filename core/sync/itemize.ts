/** rsync's `-i` notation: eleven characters that say what happens to an entry (see rsync(1)). */
import { FileType } from "#core/system/scan_batch.ts";
import { Difference } from "./difference.ts";
import type { ActionKind } from "./events.ts";

const TYPE_LETTER: Record<number, string> = {
  [FileType.file]: "f",
  [FileType.directory]: "d",
  [FileType.link]: "L",
  [FileType.block]: "D",
  [FileType.character]: "D",
  [FileType.fifo]: "S",
  [FileType.socket]: "S",
};

/** The first letter: `>` content moves here, `c` made here, `h` hard link, `.` only metadata. */
function updateLetter(kind: ActionKind): string {
  if (kind === "copy") return ">";
  if (kind === "attributes" || kind === "skip") return ".";
  return kind === "hardlink" ? "h" : "c";
}

/** Whether the entry gets the time of its making when times aren't kept. */
function isMadeAnew(kind: ActionKind): boolean {
  return kind === "copy" || kind === "link" || kind === "special";
}

/** What a deletion is shown as. */
export const ITEMIZED_DELETE = "*deleting  ";

/** What a removal from the source is shown as. */
export const ITEMIZED_REMOVE = "*removing  ";

/**
 * The notation for a planned action.
 *
 * @param mode The source entry's type bits.
 * @param differences Bits of `Difference`, or null for an entry that is new.
 * @param keepsTimes False when times aren't preserved, which rsync writes as `T`.
 */
export function itemize(
  kind: ActionKind,
  mode: number,
  differences: number | null,
  keepsTimes: boolean,
): string {
  const head = updateLetter(kind) + (TYPE_LETTER[mode & FileType.mask] ?? "?");
  if (differences === null) return head + "+++++++++";
  const has = (bit: number) => (differences & bit) !== 0;
  return head +
    (has(Difference.content | Difference.target) ? "c" : ".") +
    (has(Difference.size) ? "s" : ".") +
    (has(Difference.time) ? "t" : isMadeAnew(kind) && !keepsTimes ? "T" : ".") +
    (has(Difference.permissions) ? "p" : ".") +
    (has(Difference.owner) ? "o" : ".") +
    (has(Difference.group) ? "g" : ".") +
    "." +
    (has(Difference.acl) ? "a" : ".") +
    (has(Difference.attributes) ? "x" : ".");
}
