/** Signs of life from work that takes its time. */

/** The values as they come, and `beat` in between while one takes longer than `beatMs`. */
export async function* withBeats<T>(
  values: AsyncIterable<T>,
  beat: T,
  beatMs: number,
): AsyncGenerator<T> {
  const iterator = values[Symbol.asyncIterator]();
  try {
    while (true) {
      const step = iterator.next();
      while (await isLate(step, beatMs)) yield beat;
      const { done, value } = await step;
      if (done) return;
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** Whether the promise hasn't settled after so many milliseconds. */
export async function isLate(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => timer = setTimeout(resolve, ms, true));
  try {
    return await Promise.race([promise.then(() => false, () => false), late]);
  } finally {
    clearTimeout(timer);
  }
}
