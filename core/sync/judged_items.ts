/** Planned items that go out in order, while it is being found out how much some of them matter. */
import type { PlanItem } from "./plan_item.ts";

/** Items that are held back at most before they are waited for. */
const MAX_WAITING = 4096;

/** Lets looks at several directories' files be under way together: each is a round trip. */
export class JudgedItems {
  readonly #waiting: { items: PlanItem[]; judged: Promise<void> | undefined }[] = [];
  #count = 0;

  /**
   * Takes the next items, and gives those that may go.
   *
   * Directories go at once, after all before them: what lies in one that can't be made isn't
   * planned.
   *
   * @param judged When their priorities are known; now, if absent.
   */
  async *pass(items: PlanItem[], judged?: Promise<void>): AsyncGenerator<PlanItem[]> {
    judged?.catch(() => {}); // reported when it is awaited
    this.#waiting.push({ items, judged });
    this.#count += items.length;
    const isHeld = this.#waiting.some((one) => one.judged !== undefined);
    const isFull = this.#count >= MAX_WAITING;
    if (!isHeld || isFull || items.some(({ step }) => step === "directories")) yield* this.rest();
  }

  /** Gives all that is held back. */
  async *rest(): AsyncGenerator<PlanItem[]> {
    for (const { items, judged } of this.#waiting.splice(0)) {
      await judged;
      this.#count -= items.length;
      yield items;
    }
  }
}
