/** The rate of something that grows, over the last seconds. */

/** How far back samples count. */
const WINDOW_MS = 10_000;

/** Time between samples that are kept. */
const STEP_MS = 250;

/** A rate over a sliding window, steady enough to read and quick enough to follow. */
export class RateMeter {
  readonly #samples: { at: number; value: number }[] = [];

  /** Notes the value at a time; both only grow. */
  add(at: number, value: number): void {
    const last = this.#samples.at(-1);
    const beforeLast = this.#samples.at(-2);
    if (last !== undefined && beforeLast !== undefined && at - beforeLast.at < STEP_MS) {
      last.at = at;
      last.value = value;
    } else {
      this.#samples.push({ at, value });
    }
    while (this.#samples.length > 2 && at - this.#samples[1].at >= WINDOW_MS) {
      this.#samples.shift();
    }
  }

  /** Units per second, 0 while there is nothing to tell it from. */
  get perSecond(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at <= first.at) return 0;
    return (last.value - first.value) / ((last.at - first.at) / 1000);
  }
}
