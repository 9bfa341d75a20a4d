/**
 * One recursive scan, shared out among workers: each scans some directories until it has looked at
 * so many entries, and returns those that are left, which are shared out in turn. Told in the order
 * of one scan: depth first.
 */
import type { ScanBatchData } from "./scan_batch.ts";
import type { ScanRequest } from "./system.ts";
import type { ScanShare } from "./work/scan.ts";

/** Entries of a share; about 10 ms of work. */
const ENTRIES = 4096;
/** Of the first, so that the others don't wait long for theirs. */
const FIRST_ENTRIES = 512;
/** Directories of a share at most. */
const DIRECTORIES = 512;
/** Shares under way for each worker: one that it is at, and one that waits for it. */
const RUNNING = 2;
/** Shares that wait to be told while others are under way; half a megabyte each, or so. */
const WAITING = 1;
/** Steps of a share that are made before anybody asks, so that what is left is mostly known. */
const AHEAD = 2;

/** Scans some directories; see {@linkcode ScanShare}. */
type ScanSome = (
  request: ScanRequest,
  share: ScanShare,
) => AsyncGenerator<ScanBatchData, string[]>;

/** Directories that wait. `isRest` is as in {@linkcode ScanShare}. */
interface Waiting {
  /** The last one first: there may be a million, and taking the end off moves none of them. */
  reversed: string[];
  isRest: boolean;
}

/**
 * The batches of a recursive request for one directory, which follows no links. Memory stays
 * bounded.
 */
export async function* scanInShares(
  scan: ScanSome,
  request: ScanRequest,
  width: number,
): AsyncGenerator<ScanBatchData> {
  const line = new ScanLine(scan, request, width);
  try {
    for (let share = line.first(); share !== undefined; share = line.first()) {
      for (let step = await share.next(); !step.done; step = await share.next()) {
        line.count(step.value);
        yield step.value;
      }
      line.removeFirst();
    }
  } finally {
    await line.close();
  }
}

/** What is left to be told, in order: shares, and directories that wait to be one. */
class ScanLine {
  readonly #scan: ScanSome;
  readonly #request: ScanRequest;
  readonly #width: number;
  readonly #line: (RunningShare | Waiting)[];
  #running = 0;
  #untold = 0;
  #entries = 0;
  #directories = 0;
  #isClosed = false;

  constructor(scan: ScanSome, request: ScanRequest, width: number) {
    this.#scan = scan;
    this.#request = request;
    this.#width = width;
    this.#line = [{ reversed: request.directories?.toReversed() ?? [""], isRest: false }];
  }

  /** The share that is to be told next. */
  first(): RunningShare | undefined {
    this.#share();
    return this.#line[0] as RunningShare | undefined;
  }

  removeFirst(): void {
    this.#line.shift();
    this.#untold--;
  }

  /** Learns from what was found how many directories make a share. */
  count({ parts }: ScanBatchData): void {
    for (const { from, to, alike, last } of parts) {
      this.#entries += to - from + (alike?.files ?? 0);
      if (last) this.#directories++;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const open = this.#line.filter((one) => one instanceof RunningShare);
    await Promise.all(open.map((share) => share.close()));
  }

  /** Shares out, as long as there is room, what comes next; and what comes first in any case. */
  #share(): void {
    for (let at = 0; at < this.#line.length; at++) {
      const waiting = this.#line[at];
      if (waiting instanceof RunningShare) continue;
      const hasRoom = this.#running < RUNNING * this.#width &&
        this.#untold < RUNNING * this.#width + WAITING;
      if (!hasRoom && at > 0) return;
      this.#line.splice(at, 1, ...this.#split(waiting));
    }
  }

  /** A share of the first directories that wait, and the others. */
  #split(waiting: Waiting): (RunningShare | Waiting)[] {
    const { reversed, isRest } = waiting;
    const count = isRest ? this.#directoriesOfAShare(reversed.length) : reversed.length;
    const share = this.#start(reversed.splice(-count).reverse(), isRest);
    return reversed.length === 0 ? [share] : [share, waiting];
  }

  #directoriesOfAShare(waiting: number): number {
    const perDirectory = Math.max(1, this.#entries / Math.max(1, this.#directories));
    const fair = Math.ceil(waiting / (RUNNING * this.#width));
    return Math.max(1, Math.min(DIRECTORIES, fair, Math.floor(ENTRIES / perDirectory)));
  }

  #start(directories: string[], isRest: boolean): RunningShare {
    const request = isRest
      ? { ...this.#request, directories, names: undefined, lookUp: undefined }
      : this.#request;
    this.#running++;
    this.#untold++;
    const steps = this.#scan(request, { entries: isRest ? ENTRIES : FIRST_ENTRIES, isRest });
    const share: RunningShare = new RunningShare(steps, (rest) => {
      this.#running--;
      if (rest === undefined || this.#isClosed) return;
      if (rest.length > 0) {
        const waiting = { reversed: rest.reverse(), isRest: true };
        this.#line.splice(this.#line.indexOf(share) + 1, 0, waiting);
      }
      this.#share();
    });
    return share;
  }
}

/** A share that a worker is at, or is done with. */
class RunningShare {
  readonly #steps: AsyncGenerator<ScanBatchData, string[]>;
  readonly #onEnd: (rest?: string[]) => void;
  readonly #ahead: Promise<IteratorResult<ScanBatchData, string[]>>[] = [];
  #hasEnded = false;

  /** @param onEnd Is told once what is left, or nothing when it failed. */
  constructor(
    steps: AsyncGenerator<ScanBatchData, string[]>,
    onEnd: (rest?: string[]) => void,
  ) {
    this.#steps = steps;
    this.#onEnd = onEnd;
    for (let i = 0; i < AHEAD; i++) this.#ask();
  }

  async next(): Promise<IteratorResult<ScanBatchData, string[]>> {
    const step = await this.#ahead.shift()!;
    this.#ask();
    return step;
  }

  async close(): Promise<void> {
    await this.#steps.return([]);
  }

  #ask(): void {
    const step = this.#steps.next();
    step.then(({ done, value }) => done && this.#end(value), () => this.#end());
    this.#ahead.push(step);
  }

  #end(rest?: string[]): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#onEnd(rest);
  }
}
