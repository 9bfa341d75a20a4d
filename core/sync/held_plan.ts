/**
 * Plan items kept aside until the whole plan is known: copies of new files, and deletions. Packed,
 * because there may be hundreds of thousands of them; bounded, because there may be more.
 */
import { fromPayload, toPayload } from "./payload.ts";
import { deleteItem, type FileMark, type PlanItem } from "./plan_item.ts";

/** About what the items kept aside may take; some 200,000 renames of long paths. */
const MAX_BYTES = 64 * 1024 * 1024;
/** About what an item takes beside its texts. */
const ITEM_BYTES = 64;

/** What a packed copy is, beside its mark. */
type PackedCopy = [path: string, priority: number, payload: unknown];

/** Marked items, the copies and the deletions each in the order they were planned in. */
export class HeldPlan {
  readonly copies = new Marks();
  readonly deletions = new Marks();
  readonly #copies: string[] = [];
  readonly #paths: string[] = [];
  readonly #modes: number[] = [];
  #bytes = 0;

  /** Takes an item, unless it has no mark or there is no more room. */
  take(item: PlanItem): boolean {
    const { action, mark } = item;
    if (mark === undefined || this.#bytes >= MAX_BYTES) return false;
    if (action.kind === "delete") {
      this.deletions.add(mark);
      this.#paths.push(action.path);
      this.#modes.push(item.line!.mode);
      this.#bytes += action.path.length + ITEM_BYTES;
      return true;
    }
    const packed: PackedCopy = [action.path, item.priority, toPayload(item)];
    const text = JSON.stringify(packed);
    this.copies.add(mark);
    this.#copies.push(text);
    this.#bytes += text.length + ITEM_BYTES;
    return true;
  }

  /** The copy at an index, as it was planned. */
  copy(index: number): PlanItem {
    const [path, priority, payload] = JSON.parse(this.#copies[index]) as PackedCopy;
    return { step: "transfer", ...fromPayload(path, payload), priority };
  }

  /** The path of the deletion at an index. */
  path(index: number): string {
    return this.#paths[index];
  }

  /** The deletion at an index, as it was planned. */
  deletion(index: number): PlanItem {
    return deleteItem(this.#paths[index], this.#modes[index]);
  }
}

/** Many marks. */
class Marks {
  readonly #sizes: number[] = [];
  readonly #mtimes: number[] = [];
  readonly #mtimesNs: number[] = [];

  get count(): number {
    return this.#sizes.length;
  }

  add({ size, mtime, mtimeNs }: FileMark): void {
    this.#sizes.push(size);
    this.#mtimes.push(mtime);
    this.#mtimesNs.push(mtimeNs);
  }

  size(index: number): number {
    return this.#sizes[index];
  }

  /** Each once. */
  sizes(): Set<number> {
    return new Set(this.#sizes);
  }

  at(index: number): FileMark {
    return {
      size: this.#sizes[index],
      mtime: this.#mtimes[index],
      mtimeNs: this.#mtimesNs[index],
    };
  }
}
