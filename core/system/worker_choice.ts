/** Which worker of a pool is given what. */

/** What a choice goes by. */
export interface Candidate {
  readonly isReady: boolean;
  /** Calls it was given and hasn't answered. */
  readonly calls: number;
  /** Streams it holds open, by what they take. */
  readonly load: number;
  /** Questions it hasn't answered, those of streams included. */
  readonly unanswered: number;
}

/** The best one for a call, of those that are ready and have fewer calls than this. */
export function chooseForCall<Worker extends Candidate>(
  workers: readonly Worker[],
  maxCalls: number,
): Worker | undefined {
  const free = workers.filter(({ isReady, calls }) => isReady && calls < maxCalls);
  return leastBy(free, busyness);
}

/** The steps of a heavy stream that were asked for take longer than as many calls. */
function busyness({ calls, load, unanswered }: Candidate): number {
  return unanswered > calls ? unanswered + load : unanswered;
}

/** One that still starts will do: what it is asked meanwhile it does when it stands. */
export function chooseForStream<Worker extends Candidate>(
  workers: readonly Worker[],
): Worker | undefined {
  return leastBy(workers, ({ load, isReady }) => isReady ? load : load + 0.5);
}

/** The first of those that measure least. */
function leastBy<T>(items: readonly T[], measure: (item: T) => number): T | undefined {
  let least: T | undefined;
  for (const item of items) {
    if (least === undefined || measure(item) < measure(least)) least = item;
  }
  return least;
}
